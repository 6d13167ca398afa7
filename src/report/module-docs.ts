import type { ArgSchema, Module } from '../module/module.ts'

/** The reference of all modules as Markdown: made from their specs, so it cannot say anything else than they do. */
export function modulesMarkdown(
  groups: readonly { readonly title: string; readonly modules: readonly Module[] }[],
): string {
  const index = groups.flatMap(({ title, modules }) => [
    `### ${title}`,
    '',
    '| module | what it does |',
    '|---|---|',
    ...modules.map((module) => `| [${module.name}](#${module.name}) | ${module.summary} |`),
    '',
  ])
  const chapters = groups.flatMap(({ modules }) => modules.map(moduleMarkdown))
  return [
    '# Modules',
    '',
    'This page is generated from the modules themselves (`npm run docs`). `vflag-play modules NAME` shows the same in a terminal.',
    '',
    ...index,
    ...chapters,
  ].join('\n')
}

function moduleMarkdown(module: Module): string {
  return [
    `## ${module.name}`,
    '',
    `${module.summary}.`,
    '',
    ...(module.description === undefined ? [] : [module.description, '']),
    ...(Object.keys(module.args.properties).length === 0
      ? ['It takes no arguments.', '']
      : ['| argument | type | default | |', '|---|---|---|---|', ...argRows(module), '']),
    ...module.examples.flatMap((example) => [`${example.title}:`, '', '```yaml', example.yaml.trimEnd(), '```', '']),
  ].join('\n')
}

function argRows(module: Module): readonly string[] {
  return Object.entries(module.args.properties).map(([name, schema]) => {
    const required = module.args.required?.includes(name)
      ? 'required'
      : schema.default === undefined
        ? ''
        : `\`${JSON.stringify(schema.default)}\``
    return `| \`${name}\` | ${typeOf(schema)} | ${required} | ${schema.description.replaceAll('|', '\\|').replaceAll('\n', ' ')} |`
  })
}

/** One module for a terminal. */
export function moduleText(module: Module): string {
  const args = Object.entries(module.args.properties).flatMap(([name, schema]) => {
    const notes = [
      typeOf(schema),
      module.args.required?.includes(name)
        ? 'required'
        : schema.default === undefined
          ? ''
          : `default ${JSON.stringify(schema.default)}`,
    ]
    return [`  ${name}  (${notes.filter((each) => each !== '').join(', ')})`, `      ${schema.description}`]
  })
  return [
    `${module.name}: ${module.summary}`,
    ...(module.description === undefined ? [] : ['', module.description]),
    ...(args.length === 0 ? [] : ['', 'Arguments:', ...args]),
    ...module.examples.flatMap((example) => [
      '',
      `${example.title}:`,
      ...example.yaml
        .trimEnd()
        .split('\n')
        .map((line) => `  ${line}`),
    ]),
    '',
  ].join('\n')
}

function typeOf(schema: Omit<ArgSchema, 'description'>): string {
  if (schema.enum) return schema.enum.map((each) => `\`${String(each)}\``).join(', ')
  const types = Array.isArray(schema.type) ? schema.type : schema.type === undefined ? ['any'] : [schema.type]
  const words: Readonly<Record<string, string>> = {
    string: 'text',
    integer: 'whole number',
    array: 'list',
    object: 'mapping',
  }
  return types.map((type) => words[String(type)] ?? String(type)).join(' or ')
}
