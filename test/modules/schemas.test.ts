import { Ajv } from 'ajv'
import { expect, test } from 'vitest'
import { configSchema } from '../../src/cli/config.ts'
import { fullSchema } from '../../src/module/args.ts'
import { modules } from '../../src/modules/index.ts'

const ajv = new Ajv({ strict: false })

// The program itself does not look: it would cost every start tens of milliseconds.
test.each([
  ...[...modules.values()].map((module) => [`the arguments of ${module.name}`, fullSchema(module.args)] as const),
  ['vflag.yaml', configSchema] as const,
])('the schema of %s is right by the schema of schemas (JSON Schema, draft 7)', (_of, schema) => {
  ajv.validateSchema(schema)
  expect(ajv.errors ?? []).toEqual([])
})

test('a schema that is wrong is noticed', () => {
  expect(ajv.validateSchema({ type: 'txt' })).toBe(false)
})
