using ThanoSql.Catalog.Roles;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Planning;

namespace ThanoSql.Query.Statements;

internal static class Permission
{
    /// <exception cref="QueryException">The token's scope is too narrow.</exception>
    public static void Require(ApiToken token, TokenScope needed, string what)
    {
        if (token.Scope >= needed)
            return;
        throw new QueryException(
            ErrorCode.PermissionDenied, $"{what} needs a token of scope '{needed.Name()}'; '{token.Name}' has '{token.Scope.Name()}'.",
            hint: $"Make one: thanosql token create NAME --scope {needed.Name()}");
    }
}
