import { checkSchema, type JsonSchema, type SchemaProblem } from '../shared/schema.ts'
import { list } from '../shared/text.ts'
import type { Value, ValueMap } from '../shared/value.ts'
import type { ArgSchema, ArgsSchema } from './module.ts'

const schemas = new WeakMap<ArgsSchema, JsonSchema>()

/** The whole JSON Schema of a module's arguments: what editors and {@link checkArgs} use. Conditions are checked elsewhere. */
export function fullSchema(args: ArgsSchema): JsonSchema {
  const known = schemas.get(args)
  if (known) return known
  const schema: JsonSchema = {
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(args.properties).map(([name, arg]) => [
        name,
        args.expressions?.includes(name) ? conditionSchema(arg) : closed(arg),
      ]),
    ),
    ...(args.required && args.required.length > 0 && { required: args.required }),
    additionalProperties: args.open === true,
  }
  schemas.set(args, schema)
  return schema
}

/** A condition is text or a boolean, alone or in a list. */
function conditionSchema(arg: ArgSchema): JsonSchema {
  return {
    description: arg.description,
    type: ['string', 'boolean', 'array'],
    items: { type: ['string', 'boolean'] },
  }
}

/** A mapping with named properties knows no others, unless its author says so. */
function closed(arg: Omit<ArgSchema, 'description'>): JsonSchema {
  const { items, properties, additionalProperties, ...rest } = arg
  const others = typeof additionalProperties === 'object' ? closed(additionalProperties) : additionalProperties
  return {
    ...rest,
    ...(items && { items: closed(items) }),
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, closed(each)])),
      additionalProperties: others ?? false,
    }),
    ...(!properties && others !== undefined && { additionalProperties: others }),
  }
}

/**
 * Everything that is wrong with the arguments of a task; empty when nothing is. Before rendering, text with `{{` may
 * become anything and is let through.
 */
export function checkArgs(
  args: ArgsSchema,
  value: ValueMap,
  stage: 'unrendered' | 'rendered' = 'rendered',
): readonly SchemaProblem[] {
  const problems = checkSchema(fullSchema(args), value, 'the arguments')
    .filter((problem) => stage === 'rendered' || !isTemplate(problem.found))
    .map((problem) => withModeHint(problem, value))
  return [...problems, ...checkChoice(args, value)]
}

const isTemplate = (value: unknown) => typeof value === 'string' && value.includes('{{')

/** `mode: 0644` is the decimal 644 in YAML 1.2 and octal in YAML 1.1: neither guess is safe. */
function withModeHint(problem: SchemaProblem, value: ValueMap): SchemaProblem {
  const name = problem.path.at(-1)
  const meant = typeof problem.found === 'number' && problem.message.endsWith('must be text')
  if (typeof name !== 'string' || !/(?:^|_)mode$/.test(name) || !meant) return problem
  const digits = String(at(value, problem.path) ?? problem.found)
  return {
    ...problem,
    hint: `quote it, for YAML 1.2 reads it as a decimal number: ${name}: "${digits.padStart(4, '0')}"`,
  }
}

function at(value: Value | undefined, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  )
}

function checkChoice(args: ArgsSchema, value: ValueMap): readonly SchemaProblem[] {
  const choice = args.oneOf
  if (!choice) return []
  const given = choice.filter((name) => Object.hasOwn(value, name))
  if (given.length === 1) return []
  const names = list(
    choice.map((name) => `"${name}"`),
    'or',
  )
  return [
    given.length === 0
      ? { path: [], atKey: false, message: `one of ${names} is missing, but must be given`, found: value }
      : {
          path: [given[1] ?? ''],
          atKey: true,
          message: `${list(given.map((name) => `"${name}"`))} are given together, but there must be exactly one of ${names}`,
          found: given[1],
        },
  ]
}
