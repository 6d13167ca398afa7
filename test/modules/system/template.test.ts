import { expect, test } from 'vitest'
import { template } from '../../../src/modules/system/template.ts'
import { planOn } from '../../support/tiny-host.ts'

const etc = { '/etc': { type: 'directory' } } as const

test('template writes what the template gives, under its name without .hbs', () => {
  expect(planOn(template, { src: 'a/motd.hbs', dest: '/etc' }, { files: etc })).toEqual({
    kind: 'change',
    deltas: [{ what: '/etc/motd', before: null, after: 'rendered a/motd.hbs\n', text: true }],
    steps: [{ kind: 'write', path: '/etc/motd', content: 'rendered a/motd.hbs\n' }],
    data: { dest: '/etc/motd', checksum: '8151810cf365c65fbb383d199c4a0942f27bef07', size: 20 },
  })
})

test('template leaves a file that is there without force', () => {
  const host = { files: { ...etc, '/etc/motd': { text: 'x' } } }
  expect(planOn(template, { src: 'motd.hbs', dest: '/etc/motd', force: false }, host)).toEqual({
    kind: 'unchanged',
    because: '/etc/motd is there, and force is off',
    data: { dest: '/etc/motd' },
  })
})
