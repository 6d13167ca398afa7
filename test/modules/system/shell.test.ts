import { expect, test } from 'vitest'
import { shell } from '../../../src/modules/system/shell.ts'
import { planOn } from '../../support/tiny-host.ts'

test('shell hands the text to a shell untouched', () => {
  const args = { cmd: ' ls | wc -l\n', executable: '/bin/bash', chdir: '/srv' }
  expect(planOn(shell, args)).toEqual({
    kind: 'change',
    deltas: [{ what: 'ls | wc -l', before: null, after: 'run' }],
    steps: [{ kind: 'shell', text: ' ls | wc -l\n', shell: '/bin/bash', cwd: '/srv' }],
  })
})

test('shell does not run when what it creates is there', () => {
  expect(planOn(shell, { cmd: 'x', creates: '/a' }, { files: { '/a': {} } })).toMatchObject({
    kind: 'unchanged',
    because: '/a exists',
    data: { cmd: 'x', rc: 0 },
  })
})
