import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { branchNames, describe, oneOf, propertiesOf, quote, show, typeHint, typeNames } from './schema-words.ts'
import { didYouMean } from './text.ts'
import { isMap, type Value } from './value.ts'

/** A JSON Schema (draft 7), as data. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** Something in a value that its schema does not allow. */
export interface SchemaProblem {
  /** Keys and indexes from the top to what is wrong. */
  readonly path: readonly (string | number)[]
  /** The key itself is what is wrong, not what it holds. */
  readonly atKey: boolean
  /** *subject is X, but must be Y*. */
  readonly message: string
  readonly hint?: string
  /** The value that was found. */
  readonly found: unknown
}

// Whether the schemas themselves are right is a matter for the tests: looking at each of them costs every start 35 ms.
const ajv = new Ajv({
  allErrors: true,
  strict: false,
  verbose: true,
  ownProperties: true,
  meta: false,
  validateSchema: false,
})
const compiled = new WeakMap<JsonSchema, ValidateFunction>()

/** Everything that is wrong with a value, in the order of its keys; empty when nothing is. `subject` names the whole value. */
export function checkSchema(schema: JsonSchema, value: unknown, subject = 'the value'): readonly SchemaProblem[] {
  let validate = compiled.get(schema)
  if (!validate) {
    validate = ajv.compile(schema)
    compiled.set(schema, validate)
  }
  if (validate(value)) return []
  const errors = validate.errors ?? []
  return errors
    .filter((error) => !isEcho(error, errors))
    .map((error) => explain(error, value, subject))
    .filter((each, index, all) => all.findIndex((other) => sameProblem(each, other)) === index)
}

/** `anyOf` and the like report each branch and then themselves; the branches say more when they looked inside. */
function isEcho(error: ErrorObject, all: readonly ErrorObject[]): boolean {
  const branches = /\/(?:anyOf|oneOf)\/\d+\//
  if (error.keyword === 'if') return true
  if (error.keyword === 'anyOf' || error.keyword === 'oneOf') {
    return all.some(
      (other) => branches.test(other.schemaPath) && other.instancePath.startsWith(`${error.instancePath}/`),
    )
  }
  if (!branches.test(error.schemaPath)) return false
  return all.some(
    (other) =>
      (other.keyword === 'anyOf' || other.keyword === 'oneOf') &&
      other.instancePath === error.instancePath &&
      error.schemaPath.startsWith(`${other.schemaPath}/`),
  )
}

const sameProblem = (a: SchemaProblem, b: SchemaProblem) =>
  a.message === b.message && a.path.join('\0') === b.path.join('\0')

function explain(error: ErrorObject, root: unknown, top: string): SchemaProblem {
  const path = pathOf(error.instancePath, root)
  const subject = path.length === 0 ? top : `"${formatPath(path)}"`
  const found: unknown = error.data
  const at = (message: string, hint?: string): SchemaProblem => ({
    path,
    atKey: false,
    message,
    ...(hint !== undefined && { hint }),
    found,
  })
  const { params } = error
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(params['additionalProperty'])
      const known = Object.keys(propertiesOf(error.parentSchema))
      const hint = didYouMean(key, known)
      return {
        path: [...path, key],
        atKey: true,
        message: `"${formatPath([...path, key])}" is not known, but must be ${oneOf(known)}`,
        ...(hint !== undefined && { hint }),
        found: isMap(asValue(found)) ? key : found,
      }
    }
    case 'required': {
      const key = String(params['missingProperty'])
      return at(`"${formatPath([...path, key])}" is missing, but must be given`, describe(error.parentSchema, key))
    }
    case 'type':
      return at(
        `${subject} is ${show(found)}, but must be ${typeNames(params['type'])}`,
        typeHint(params['type'], found),
      )
    case 'enum':
    case 'const': {
      const allowed: unknown[] = error.keyword === 'enum' ? params['allowedValues'] : [params['allowedValue']]
      const words = allowed.filter((each) => typeof each === 'string')
      return at(
        `${subject} is ${quote(found)}, but must be ${oneOf(allowed)}`,
        typeof found === 'string' ? didYouMean(found, words) : undefined,
      )
    }
    case 'pattern':
      return at(
        `${subject} is ${quote(found)}, but must match ${String(params['pattern'])}`,
        describe(error.parentSchema),
      )
    case 'minimum':
      return at(`${subject} is ${show(found)}, but must be at least ${String(params['limit'])}`)
    case 'maximum':
      return at(`${subject} is ${show(found)}, but must be at most ${String(params['limit'])}`)
    case 'exclusiveMinimum':
      return at(`${subject} is ${show(found)}, but must be more than ${String(params['limit'])}`)
    case 'minItems':
    case 'minLength':
      return at(
        Number(params['limit']) === 1
          ? `${subject} is empty, but must not be`
          : `${subject} is ${show(found)}, but must have at least ${String(params['limit'])} ${error.keyword === 'minItems' ? 'items' : 'characters'}`,
      )
    case 'maxItems':
      return at(
        `${subject} has ${Array.isArray(found) ? found.length : 'more'} items, but must have at most ${String(params['limit'])}`,
      )
    case 'anyOf':
    case 'oneOf':
      return at(`${subject} is ${show(found)}, but must be ${branchNames(error.schema)}`)
    default:
      return at(`${subject} is ${show(found)}, but ${error.message ?? 'is not allowed here'}`)
  }
}

/** `lab.vms[0].name` */
function formatPath(path: readonly (string | number)[]): string {
  return path.map((each, index) => (typeof each === 'number' ? `[${each}]` : index === 0 ? each : `.${each}`)).join('')
}

/** A JSON pointer as keys and indexes; which of the two a number is only the value can say. */
function pathOf(pointer: string, root: unknown): (string | number)[] {
  let at: unknown = root
  return pointer
    .split('/')
    .slice(1)
    .map((part) => {
      const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
      const step = Array.isArray(at) ? Number(key) : key
      at = typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined
      return step
    })
}

const asValue = (value: unknown) => value as Value

/**
 * A copy of a rendered value with what templates make of types undone: `"4"` is 4 where the schema wants a number, `"true"`
 * is true where it wants a boolean, 4 is `"4"` where it wants text (not where it wants text of a certain form: a file
 * mode that became a number lost its meaning). Defaults are filled in. What does not fit stays as it is, for
 * {@link checkSchema} to find.
 */
export function coerceRendered(schema: JsonSchema, value: Value): Value {
  if (Array.isArray(value)) {
    const items = schema['items']
    return isSchema(items) ? value.map((item: Value) => coerceRendered(items, item)) : value
  }
  if (isMap(value)) return coerceMap(schema, value)
  return coerceScalar(schema, value)
}

function coerceMap(schema: JsonSchema, value: Readonly<Record<string, Value>>): Value {
  const properties = propertiesOf(schema)
  const others = schema['additionalProperties']
  const entries = Object.entries(value).map(([key, item]): [string, Value] => {
    const own = Object.hasOwn(properties, key) ? properties[key] : others
    return [key, isSchema(own) ? coerceRendered(own, item) : item]
  })
  const missing = Object.entries(properties).flatMap(([key, own]): [string, Value][] => {
    if (Object.hasOwn(value, key) || !isSchema(own)) return []
    const preset = own['default']
    return preset === undefined ? [] : [[key, structuredClone(asValue(preset))]]
  })
  return Object.fromEntries([...entries, ...missing])
}

function coerceScalar(schema: JsonSchema, value: Value): Value {
  const type = schema['type']
  if (type === undefined) return value
  const types: readonly unknown[] = Array.isArray(type) ? type : [type]
  if (typeof value === 'number') {
    const fits = types.includes('number') || (types.includes('integer') && Number.isInteger(value))
    return !fits && types.includes('string') && schema['pattern'] === undefined ? String(value) : value
  }
  if (typeof value !== 'string' || types.includes('string')) return value
  const text = value.trim()
  if (types.includes('integer') && /^-?\d{1,15}$/.test(text)) return Number(text)
  if (types.includes('number') && /^-?\d{1,15}(?:\.\d+)?$/.test(text)) return Number(text)
  if (types.includes('boolean') && (text === 'true' || text === 'false')) return text === 'true'
  return value
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
