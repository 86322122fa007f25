// What the shop's page does: search, completion, pictures. No framework; the same module runs in the browser and in the test's script.

export class Shop {
  #address;
  #headers;

  /**
   * @param {string} address of the query service, with its path and a slash at the end
   * @param {string} token of scope search, restricted to the shop's table
   * @param {Record<string, string>} headers that a browser would send by itself
   */
  constructor(address, token, headers = {}) {
    this.#address = address;
    this.#headers = { Authorization: `Bearer ${token}`, ...headers };
  }

  /** A page of products: the first, or the one behind `after`. */
  search(parameters) {
    return this.#get("api/v1/search", { table: "products", ...parameters });
  }

  /** Labels for what a customer has typed so far. */
  async complete(prefix) {
    const { keywords } = await this.#get("api/v1/keywords", { table: "products", prefix });
    return keywords.map((found) => found.keyword);
  }

  /** The address of a hit's picture, for `<img>`. */
  picture(hit) {
    return new URL(hit.image.url, this.#address).href;
  }

  async #get(path, parameters) {
    const url = new URL(path, this.#address);
    for (const [name, values] of Object.entries(parameters)) {
      for (const value of [values].flat())
        url.searchParams.append(name, value);
    }
    const answer = await fetch(url, { headers: this.#headers });
    const body = await answer.json();
    if (answer.ok)
      return body;
    throw Object.assign(new Error(body.detail), { status: answer.status, code: body.code, retryAfter: answer.headers.get("Retry-After") });
  }
}
