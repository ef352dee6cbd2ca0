const LONGEST_EXCERPT = 200;

/** More than any page's head: a title further down isn't looked for, and a body of megabytes isn't decoded. */
const BYTES_LOOKED_AT = 16_384;

/** One line without control, format or surrogate characters, so that a log or a terminal shows what was said. */
export function oneLine(text: string): string {
  const clean = text.replace(/[\p{C}\p{Z}]+/gu, ' ').trim();
  const characters = Array.from(clean);
  return characters.length > LONGEST_EXCERPT ? `${characters.slice(0, LONGEST_EXCERPT).join('')}…` : clean;
}

/** What a body says, for a person: the title of an HTML page, else its beginning; empty for an empty body. */
export function readableExcerpt(body: Buffer): string {
  const text = body.subarray(0, BYTES_LOOKED_AT).toString();
  const isHtml = /^\s*<(!doctype html|html)/i.test(text);
  const title = isHtml ? /<title[^>]*>([^<]+)/i.exec(text)?.[1] : undefined;
  return oneLine(title === undefined ? text : `an HTML page, "${title.trim()}"`);
}
