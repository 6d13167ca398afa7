import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { stackLine, tidy, Workshop } from '../support/program.ts'

const host = (name: string, delay: number) => `    ${name}: {lab: {os: el9, faults: {delay: ${delay}}}}\n`
const workshop = new Workshop({
  'two.yaml': `all:\n  vars: {ansible_connection: lab}\n  hosts:\n${host('quick', 0)}${host('slow', 1500)}`,
  'slow.yaml': `all:\n  vars: {ansible_connection: lab}\n  hosts:\n${host('slow', 1500)}`,
  'stuck.yaml': `all:\n  vars: {ansible_connection: lab}\n  hosts:\n${host('slow', 60_000)}`,
  'commands.yaml': `- name: Work
  hosts: all
  gather_facts: false
  tasks:
    - name: Ask for the kernel
      command: uname -r
      notify: later
    - name: Never begun
      command: uname -a
  handlers:
    - name: later
      command: uname -s
- name: No play of the rest
  hosts: all
  tasks:
    - name: Never begun either
      command: uname -m
`,
  'note.yaml': `- name: Work
  hosts: all
  gather_facts: false
  tasks:
    - name: Keep a note
      copy: {dest: /etc/note, content: "by vflag-play\\n"}
`,
  'pause.yaml': `- name: Work
  hosts: all
  gather_facts: false
  tasks:
    - name: Wait a while
      pause: {seconds: 60}
    - name: Never begun
      command: uname -r
`,
})
afterAll(() => workshop.remove())

/** Interrupts once each time that the output matches the next pattern. */
async function runInterrupted(patterns: readonly RegExp[], ...args: string[]) {
  const left = [...patterns]
  const started = Date.now()
  let first = 0
  const ended = await workshop.run(args, {
    onOutput: (text, interrupt) => {
      if (!left[0]?.test(text)) return
      left.shift()
      first ||= Date.now()
      interrupt()
    },
  })
  expect([left, ended.stdout]).toEqual([[], expect.not.stringMatching(stackLine)])
  return { ...ended, afterwards: Date.now() - (first || started) }
}

describe('Ctrl-C', () => {
  test('lets steps under way finish, begins nothing, says which handlers are left, and ends with the recap and 130', async () => {
    const { status, stdout, stderr } = await runInterrupted(
      [/"host_done".*"host":"quick"/],
      ...['commands.yaml', '-i', 'two.yaml', '--output', 'json'],
    )
    expect([status, stderr]).toEqual([130, ''])
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(
      events.map(({ event, task, host, outcome, exit, message }) =>
        [event, task, host, outcome, exit, message].filter((each) => each !== undefined).join(' '),
      ),
    ).toEqual([
      'run_start',
      'play_start',
      'task_start Ask for the kernel',
      'host_done Ask for the kernel quick changed',
      'handler_notified Ask for the kernel quick',
      'interrupted',
      'host_done Ask for the kernel slow changed',
      'handler_notified Ask for the kernel slow',
      'warning quick notified handlers did not run: later',
      'warning slow notified handlers did not run: later',
      'recap 130',
    ])
  })

  test('while a host is looked at keeps it from being changed', async () => {
    const { status, stdout } = await runInterrupted(
      [/TASK/],
      ...['note.yaml', '-i', 'slow.yaml', '--output', 'lines', '-v'],
    )
    expect([status, tidy(stdout)]).toMatchInlineSnapshot(`
      [
        130,
        "
      PLAY [Work] *******************************************************************

      TASK [Keep a note] ************************************************************
      Interrupted: what runs is finished, nothing new starts.
      skipping: [slow] => the run was interrupted before anything was changed

      PLAY RECAP
      slow                       : ok=0    changed=0    unreachable=0    failed=0    skipped=1    rescued=0    ignored=0

      1 host in TIME, exit status 130
      ",
      ]
    `)
    const kept = readFileSync(path.join(workshop.directory, '.vflag/lab/slow.json'), 'utf8')
    expect(JSON.parse(kept).state.files['/etc/note']).toBeUndefined()
  })

  test('ends a pause', async () => {
    const { status, stdout, afterwards } = await runInterrupted(
      [/TASK/],
      ...['pause.yaml', '-i', 'slow.yaml', '--output', 'lines'],
    )
    expect([status, tidy(stdout).split('\n').at(-2), afterwards < 5000]).toEqual([
      130,
      '1 host in TIME, exit status 130',
      true,
    ])
    expect(stdout).not.toContain('Never begun')
  })

  test('a second time leaves at once, and the next run finds the lab free', async () => {
    const { status, stdout, stderr, afterwards } = await runInterrupted(
      [/TASK/, /Interrupted/],
      ...['commands.yaml', '-i', 'stuck.yaml', '--output', 'lines'],
    )
    expect([status, stdout.includes('RECAP'), afterwards < 5000]).toEqual([130, false, true])
    expect(stderr).toBe('left at once: what was under way on the hosts may be half done; run again to finish it\n')
    const next = await workshop.run(['note.yaml', '-i', 'slow.yaml', '--output', 'quiet'])
    expect([next.status, next.stderr]).toEqual([0, ''])
  })
})

const noScript =
  spawnSync('script', ['-qec', 'exit 7', '/dev/null'], { stdio: ['pipe', 'pipe', 'pipe'] }).status === 7
    ? null
    : 'script of util-linux is not installed'
if (noScript !== null) process.stderr.write(`left out: Ctrl-C on a terminal (${noScript})\n`)

describe.skipIf(noScript !== null)('Ctrl-C on a terminal', () => {
  const bin = fileURLToPath(new URL('../../bin/vflag-play.js', import.meta.url))

  /** Types Ctrl-C each time that the screen matches the next pattern. */
  const type = (patterns: readonly RegExp[], args: string) =>
    new Promise<{ readonly status: number | null; readonly screen: string }>((resolve) => {
      const child = spawn(
        'script',
        ['-qec', `stty cols 90 rows 30; '${process.execPath}' '${bin}' ${args}`, '/dev/null'],
        {
          cwd: workshop.directory,
          env: { ...process.env, VFLAG_INVENTORY: '', TERM: 'xterm', CI: '' },
          stdio: ['pipe', 'pipe', 'ignore'],
        },
      )
      const left = [...patterns]
      let screen = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        screen += text
        if (!left[0]?.test(screen)) return
        left.shift()
        child.stdin.write('\u0003')
      })
      // Whatever goes wrong, nothing is left running.
      const tooLong = setTimeout(() => child.kill('SIGHUP'), 15_000)
      child.on('close', (status) => {
        clearTimeout(tooLong)
        resolve({ status, screen })
      })
    })

  test.each([
    ['once', [/Ask for the kernel/], 'commands.yaml -i slow.yaml', true],
    ['twice', [/Ask for the kernel/, /Interrupted/], 'commands.yaml -i stuck.yaml', false],
  ])('%s gives the cursor back', async (_title, patterns, args, recap) => {
    const { status, screen } = await type(patterns, `${args} --output tree`)
    expect([status, screen.includes('exit status 130')]).toEqual([130, recap])
    expect(screen).not.toMatch(stackLine)
    const hidden = screen.lastIndexOf('\u001b[?25l')
    expect([hidden > 0, screen.lastIndexOf('\u001b[?25h') > hidden]).toEqual([true, true])
  })
})
