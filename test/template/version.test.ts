import { describe, expect, it } from 'vitest'
import { compareVersions } from '../../src/template/version.ts'

describe('versions', () => {
  it.each<[string, string, number]>([
    ['22.31.1014', '22.31.1014', 0],
    ['22.31.1014', '22.9.9999', 1],
    ['5.4', '5.10', -1],
    ['1.0', '1.0.1', -1],
    ['1.0', '1.00', 0],
    ['1.0a', '1.0b', -1],
    ['1.0.a', '1.0.1', -1],
    ['1.0~rc1', '1.0', -1],
    ['1.0~rc1', '1.0~rc2', -1],
    ['4.18.0-425.el8', '4.18.0-348.el8', 1],
    ['', '1', -1],
    ['99999999999999999999', '99999999999999999998', 1],
  ])('%s to %s is %i', (a, b, order) => {
    expect([compareVersions(a, b), compareVersions(b, a)]).toEqual([order, order === 0 ? 0 : -order])
  })
})
