import { expect, test, vi } from 'vitest'
import { createShell } from '../../src/lab/shell/shell.ts'
import { fakeFiles, fakeMachine } from './fake-machine.ts'

vi.mock('just-bash', () => {
  throw new Error('Cannot find package')
})

test('without just-bash shell text ends with status 127 and says what to install', async () => {
  const shell = createShell(fakeMachine(fakeFiles({})), [])
  const result = await shell.run({ text: 'true', env: { A: '1' }, cwd: '/', stdin: new Uint8Array() })
  expect({ ...result, stderr: Buffer.from(result.stderr).toString() }).toEqual({
    status: 127,
    stdout: new Uint8Array(),
    stderr:
      'lab: shell text needs the package just-bash, which is not installed; run "npm install just-bash" beside vflag-play\n',
    env: { A: '1' },
  })
})
