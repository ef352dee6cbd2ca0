import 'reflect-metadata';

const DOCS = Symbol('mintmark:settings');

export interface SettingDoc {
  readonly name: string;
  readonly text: string;
  readonly secret: boolean;
}

/** The setting's line of documentation, from which the README's table is made. */
export function Doc(text: string, options: { secret?: boolean } = {}): PropertyDecorator {
  return (target, property) => {
    const docs = (Reflect.getOwnMetadata(DOCS, target) as SettingDoc[] | undefined) ?? [];
    docs.push({ name: String(property), text, secret: options.secret ?? false });
    Reflect.defineMetadata(DOCS, docs, target);
  };
}

export function documentedSettings(settings: { prototype: object }): readonly SettingDoc[] {
  return (Reflect.getOwnMetadata(DOCS, settings.prototype) as SettingDoc[] | undefined) ?? [];
}
