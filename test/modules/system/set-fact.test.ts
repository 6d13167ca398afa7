import { expect, test } from 'vitest'
import { setFact } from '../../../src/modules/system/set-fact.ts'
import { planOn } from '../../support/tiny-host.ts'

test('set_fact registers facts and leaves cacheable out', () => {
  expect(planOn(setFact, { a: 1, b: [2], cacheable: true })).toEqual({
    kind: 'unchanged',
    because: 'set a and b',
    data: { ansible_facts: { a: 1, b: [2] } },
  })
})

test.each([
  [{}, 'set_fact sets nothing, but must name a variable'],
  [{ '1a': 2 }, '"1a" is no variable name, but must be letters, digits and underscores, not starting with a digit'],
])('set_fact %j is refused', (args, because) => {
  expect(planOn(setFact, args)).toEqual({ kind: 'blocked', because })
})
