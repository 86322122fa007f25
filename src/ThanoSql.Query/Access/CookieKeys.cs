using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace ThanoSql.Query.Access;

/// <summary>
/// The keys of cookies in the catalog: whoever signed in at one query process is signed in at all of them, and after a new start. The interface is
/// synchronous; keys are read once a day.
/// </summary>
internal sealed class CookieKeys(ServiceDatabase database) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var connection = database.Source.OpenConnection();
        using var command = new NpgsqlCommand("SELECT element FROM thanosql.cookie_key", connection);
        using var reader = command.ExecuteReader();
        var keys = new List<XElement>();
        while (reader.Read())
            keys.Add(XElement.Parse(reader.GetString(0)));
        return keys;
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        using var connection = database.Source.OpenConnection();
        using var command = new NpgsqlCommand("INSERT INTO thanosql.cookie_key (name, element) VALUES ($1, $2) ON CONFLICT DO NOTHING", connection)
        {
            Parameters = { new() { Value = friendlyName }, new() { Value = element.ToString(SaveOptions.DisableFormatting) } },
        };
        command.ExecuteNonQuery();
    }
}
