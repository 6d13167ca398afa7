import { describe, expect, test } from 'vitest'
import { checkSchema, coerceRendered } from '../../src/shared/schema.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: {
    name: { type: 'string', minLength: 1, description: 'The name of it. More words.' },
    state: { enum: ['present', 'absent'], default: 'present' },
    count: { type: 'integer', minimum: 1, maximum: 9 },
    share: { type: 'number' },
    mode: { type: 'string', pattern: '^0[0-7]{3}$' },
    on: { type: 'boolean', default: false },
    ports: { type: 'array', items: { type: 'string' }, minItems: 1 },
    options: { type: 'object', properties: { miimon: { type: 'integer', default: 100 } } },
  },
} as const

const problems = (value: unknown) =>
  checkSchema(schema, value, 'the thing').map(
    ({ path, message, hint }) => `${path.join('.')}: ${message}${hint === undefined ? '' : ` (${hint})`}`,
  )

describe('a value that does not fit its schema', () => {
  test.each([
    [{}, [': "name" is missing, but must be given ("name" is: The name of it)']],
    ['x', [': the thing is text ("x"), but must be a mapping']],
    [{ name: '' }, ['name: "name" is empty, but must not be']],
    [{ name: 3 }, ['name: "name" is a whole number (3), but must be text (quote it: "3")']],
    [
      { name: 'a', state: 'abset' },
      ['state: "state" is "abset", but must be one of "present" or "absent" (did you mean "absent"?)'],
    ],
    [{ name: 'a', count: '3' }, ['count: "count" is text ("3"), but must be a whole number (remove the quotes: 3)']],
    [{ name: 'a', count: 1.5 }, ['count: "count" is a number (1.5), but must be a whole number']],
    [{ name: 'a', count: 10 }, ['count: "count" is a whole number (10), but must be at most 9']],
    [{ name: 'a', mode: 'rwx' }, ['mode: "mode" is "rwx", but must match ^0[0-7]{3}$']],
    [
      { name: 'a', on: 'yes' },
      ['on: "on" is text ("yes"), but must be true or false (YAML 1.2 reads yes as text; write true)'],
    ],
    [{ name: 'a', ports: 'x' }, ['ports: "ports" is text ("x"), but must be a list (write it as a list: [x])']],
    [{ name: 'a', ports: [] }, ['ports: "ports" is empty, but must not be']],
    [{ name: 'a', ports: ['x', 1] }, ['ports.1: "ports[1]" is a whole number (1), but must be text (quote it: "1")']],
    [
      { name: 'a', nmae: 'b', options: { miimon: null } },
      [
        'nmae: "nmae" is not known, but must be one of "name", "state", "count", "share", "mode", "on", "ports" or "options" (did you mean "name"?)',
        'options.miimon: "options.miimon" is null, but must be a whole number',
      ],
    ],
  ])('%j', (value, expected) => {
    expect(problems(value)).toEqual(expected)
  })
})

describe('what templates make of values', () => {
  test('types come back where the schema asks for them, and defaults are filled in', () => {
    const rendered = { name: 7, count: ' 3', share: '2.5', on: 'true', ports: [1, 'b'], options: { other: '1' } }
    const before = structuredClone(rendered)
    expect(coerceRendered(schema, rendered)).toEqual({
      name: '7',
      state: 'present',
      count: 3,
      share: 2.5,
      on: true,
      ports: ['1', 'b'],
      options: { miimon: 100, other: '1' },
    })
    expect(rendered).toEqual(before)
  })

  test('nothing is guessed: what does not fit stays for the check to name', () => {
    const rendered = { name: true, count: '3 ports', on: 'yes', mode: 644, ports: 'a' }
    expect(coerceRendered(schema, rendered)).toEqual({ ...rendered, state: 'present' })
  })
})
