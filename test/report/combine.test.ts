import { expect, test } from 'vitest'
import { combineReporters } from '../../src/report/combine.ts'

test('every view sees every event and is ended', async () => {
  const seen: string[] = []
  const view = (name: string) => ({
    on: (event: { readonly event: string }) => void seen.push(`${name} ${event.event}`),
    end: async () => void seen.push(`${name} end`),
  })
  const both = combineReporters(view('a'), view('b'))
  both.on({ event: 'interrupted' })
  await both.end()
  expect(seen).toEqual(['a interrupted', 'b interrupted', 'a end', 'b end'])
})
