import { expect, test } from 'vitest'
import { formatPlace } from '../../src/source/diagnostic.ts'
import { placeAt } from '../../src/source/place-at.ts'
import { parseYaml } from '../../src/source/yaml.ts'

test.each<readonly [readonly (string | number)[], boolean, string]>([
  [[], false, 'f:1:1'],
  [['a'], true, 'f:1:1'],
  [['a', 'b', 1], false, 'f:3:9'],
  [['a', 'b'], true, 'f:2:3'],
  [['a', 'none'], true, 'f:2:3'],
  [['a', 'b', 9], false, 'f:3:5'],
  [['a', 'b', 0, 'deeper'], false, 'f:3:6'],
])('the place of %j (key: %j) is %s', (path, atKey, expected) => {
  const parsed = parseYaml('f', 'a:\n  b:\n    [x, y]\n')
  if (!parsed.ok) throw new Error('yaml')
  expect(formatPlace(placeAt(parsed.value, path, atKey))).toBe(expected)
})
