import { expect, test } from 'vitest'
import { compileValue } from '../../src/run/compile.ts'
import { Scope } from '../../src/run/scope.ts'

const place = { file: 'site.yaml', line: 1, column: 1, length: 1, text: '' }
const vars = { pfs: compileValue('{{card.pfs}}', place), other: compileValue('{{default pfs null}}', place) }
const scope = (registered: Readonly<Record<string, { readonly pfs: readonly string[] }>>) =>
  new Scope([
    { kind: 'values', vars: registered },
    { kind: 'templates', vars },
  ])

test('under "default", a variable made of one that is not there yet is not there either', () => {
  expect(scope({}).get('other')).toEqual({ ok: true, value: null })
  expect(scope({ card: { pfs: ['a', 'b'] } }).get('other')).toEqual({ ok: true, value: ['a', 'b'] })
})

test('anywhere else it is missed, and the variable that misses it is named', () => {
  expect(scope({}).get('pfs')).toMatchObject({
    ok: false,
    error: { kind: 'undefined', message: 'in the variable "pfs": the variable "card" is not defined' },
  })
})
