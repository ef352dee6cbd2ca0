/**
 * JSON that PostgreSQL made. It goes out as it is: reading it into numbers would round prices to a double's 17
 * digits.
 */
export class JsonText {
  constructor(readonly text: string) {}

  /** Below the top level the text would silently become an object with a string in it. */
  toJSON(): never {
    throw new TypeError('JsonText can stand only at the top of an answer');
  }
}

/** `JSON.stringify` that puts in JsonText, given as the value or as a property of it, digit by digit. */
export function stringifyAnswer(value: unknown): string {
  if (value instanceof JsonText) return value.text;
  if (typeof value !== 'object' || value === null || Array.isArray(value) || 'toJSON' in value)
    return jsonOf(value) ?? 'null';
  const members = Object.entries(value).flatMap(([name, member]: [string, unknown]) => {
    const text = member instanceof JsonText ? member.text : jsonOf(member);
    // Undefined has no JSON, and no member.
    return text === undefined ? [] : [`${JSON.stringify(name)}:${text}`];
  });
  return `{${members.join(',')}}`;
}

/** The library's type leaves out that undefined and functions have no JSON. */
function jsonOf(value: unknown): string | undefined {
  return JSON.stringify(value);
}
