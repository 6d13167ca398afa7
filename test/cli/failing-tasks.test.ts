import { afterAll, describe, expect, test } from 'vitest'
import { stackLine, tidy, Workshop } from '../support/program.ts'

const workshop = new Workshop()
afterAll(() => workshop.remove())

/** Runs tasks on a simulated host that is fine and on others, given by their `lab:` variables. */
async function runOn(labs: Readonly<Record<string, string>>, tasks: string, ...args: string[]) {
  workshop.write('site.yaml', `- name: Work\n  hosts: all\n  gather_facts: false\n  tasks:\n${tasks}`)
  workshop.write(
    'hosts.yaml',
    `all:\n  vars: {ansible_connection: lab}\n  hosts:\n${Object.entries({ fine: '{os: el9}', ...labs })
      .map(([name, lab]) => `    ${name}: {lab: ${lab}}\n`)
      .join('')}`,
  )
  const ended = await workshop.run(['site.yaml', '-i', 'hosts.yaml', '--output', 'lines', ...args])
  expect(ended.stdout + ended.stderr).not.toMatch(stackLine)
  expect(ended.stderr).toBe('')
  return { status: ended.status, stdout: tidy(ended.stdout), raw: ended.stdout }
}

describe('a task that fails on a host says what, where and what next, and the other hosts go on', () => {
  test('a command that fails, a full disk, a missing right, a task that takes too long', async () => {
    const { status, stdout } = await runOn(
      {
        broken: '{faults: {command: "^uname -r", status: 3, stderr: "uname: the kernel is shy\\nuname: ask later"}}',
        full: '{faults: {disk_full: true}}',
        slow: '{faults: {delay: 3000}}',
        'no-root': '{os: el9}, ansible_user: admin',
      },
      `    - name: Ask for the kernel
      command: uname -r
      timeout: 1
    - name: Keep a note
      copy: {dest: /etc/note, content: "by vflag-play\\n"}
    - name: Go on
      debug: {msg: "{{inventory_hostname}} goes on"}
`,
    )
    expect(status).toBe(2)
    expect(stdout).toMatchInlineSnapshot(`
      "
      PLAY [Work] *******************************************************************

      TASK [Ask for the kernel] *****************************************************
      changed: [fine, full] => uname -r
      failed: [broken]
        the command failed: uname: ask later
        command     uname -r
        exit status 3
        stderr      uname: the kernel is shy
                    uname: ask later
        at          site.yaml:5:7
      failed: [no-root]
        the command failed: Permission denied
        command     uname -r
        exit status 1
        stderr      Permission denied
        at          site.yaml:5:7
        next        the login user may not do this: use become: true, or log in as root
      lost: [slow]
        slow did not finish within 1 s (nothing was completed)
        at          site.yaml:5:7
        next        it may still be at work; look at the host, or give the task a longer timeout

      TASK [Keep a note] ************************************************************
      changed: [fine] => /etc/note
      failed: [full]
        could not write /etc/note: No space left on device
        at          site.yaml:8:7
        next        make room on the host ("df -h" and "df -i" show where), then run again

      TASK [Go on] ******************************************************************
      ok: [fine]
        fine goes on

      PLAY RECAP
      fine                       : ok=3    changed=2    unreachable=0    failed=0    skipped=0    rescued=0    ignored=0
      broken                     : ok=0    changed=0    unreachable=0    failed=1    skipped=0    rescued=0    ignored=0
      full                       : ok=1    changed=1    unreachable=0    failed=1    skipped=0    rescued=0    ignored=0
      slow                       : ok=0    changed=0    unreachable=1    failed=0    skipped=0    rescued=0    ignored=0
      no-root                    : ok=0    changed=0    unreachable=0    failed=1    skipped=0    rescued=0    ignored=0

      5 hosts in TIME, exit status 2
      "
    `)
  })

  test('a link that dies in the middle: what was done is unknown, and the next run finds out', async () => {
    const tasks = `    - name: Ask for the kernel
      command: uname -r
      changed_when: false
    - name: Keep a note
      copy: {dest: /etc/note-2, content: "by vflag-play\\n"}
    - name: Go on
      debug: {msg: "{{inventory_hostname}} goes on"}
`
    const { status, stdout } = await runOn({ cut: '{faults: {drop: {after_frames: 2}}}' }, tasks)
    expect(status).toBe(4)
    expect(stdout).toMatchInlineSnapshot(`
      "
      PLAY [Work] *******************************************************************

      TASK [Ask for the kernel] *****************************************************
      ok: [fine, cut]

      TASK [Keep a note] ************************************************************
      changed: [fine] => /etc/note-2
      lost: [cut]
        the connection to cut (127.0.0.1 port PORT) was closed by the other side
        at          site.yaml:8:7
        next        it may be done, half done or not begun: look at the host, then run again; all modules but command and shell do only what is left

      TASK [Go on] ******************************************************************
      ok: [fine]
        fine goes on

      PLAY RECAP
      fine                       : ok=3    changed=1    unreachable=0    failed=0    skipped=0    rescued=0    ignored=0
      cut                        : ok=1    changed=0    unreachable=1    failed=0    skipped=0    rescued=0    ignored=0

      2 hosts in TIME, exit status 4
      "
    `)
    const again = await runOn({ cut: '{os: rhel7.7}' }, tasks)
    expect([again.status, again.stdout.split('\n').filter((line) => line.includes(': ok='))]).toMatchInlineSnapshot(`
      [
        0,
        [
          "fine                       : ok=3    changed=0    unreachable=0    failed=0    skipped=0    rescued=0    ignored=0",
          "cut                        : ok=3    changed=0    unreachable=0    failed=0    skipped=0    rescued=0    ignored=0",
        ],
      ]
    `)
  })

  test('JSON says the same: lost, with the reason, and the recap counts it as unreachable', async () => {
    const ended = await runOn(
      { cut: '{faults: {drop: {after_frames: 0}}}' },
      '    - name: Ask for the kernel\n      command: uname -r\n',
      '--output',
      'json',
    )
    const events = ended.raw
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const lost = events.filter((each) => each.host === 'cut' && each.event !== 'host_start')
    expect(lost.map(({ time, ms, ...each }) => JSON.parse(tidy(JSON.stringify(each))))).toMatchInlineSnapshot(`
      [
        {
          "because": "the connection to cut (127.0.0.1 port PORT) was closed by the other side",
          "deltas": [],
          "error": {
            "hint": "it may be done, half done or not begun: look at the host, then run again; all modules but command and shell do only what is left",
            "message": "the connection to cut (127.0.0.1 port PORT) was closed by the other side",
            "path": "site.yaml:5:7",
          },
          "event": "host_done",
          "host": "cut",
          "id": 1,
          "module": "command",
          "outcome": "lost",
          "play": "Work",
          "task": "Ask for the kernel",
        },
        {
          "because": "the connection to cut (127.0.0.1 port PORT) was closed by the other side",
          "event": "host_lost",
          "host": "cut",
        },
      ]
    `)
    expect(events.at(-1)).toMatchObject({
      event: 'recap',
      hosts: { fine: { ok: 1, changed: 1, unreachable: 0 }, cut: { ok: 0, unreachable: 1, failed: 0 } },
      exit: 4,
    })
  })
})
