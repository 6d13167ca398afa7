import { afterAll, describe, expect, test } from 'vitest'
import { generateKeyPair, type SshServer, startSshServer } from '../../src/lab/ssh-server.ts'
import { stackLine, tidy, Workshop } from '../support/program.ts'

const playbook = `- name: Look at every host
  hosts: all
  gather_facts: false
  tasks:
    - name: Ask for the kernel
      command: uname -r
      changed_when: false
    - name: Go on where it answered
      debug:
        msg: "{{inventory_hostname}} goes on"
`
const workshop = new Workshop({ 'site.yaml': playbook })
const servers: SshServer[] = []
afterAll(async () => {
  workshop.remove()
  for (const server of servers) await server.close()
})

/** Runs the playbook on a simulated host that is fine and on others that are not. */
async function runWith(others: string, ...args: string[]) {
  workshop.write(
    'hosts.yaml',
    `all:\n  vars: {ansible_user: root}\n  hosts:\n    fine: {ansible_connection: lab, lab: {os: el9}}\n${others}`,
  )
  const ended = await workshop.run(['site.yaml', '-i', 'hosts.yaml', '--output', 'lines', ...args])
  expect(ended.stdout + ended.stderr).not.toMatch(stackLine)
  return { status: ended.status, stderr: tidy(ended.stderr), stdout: tidy(ended.stdout) }
}

describe('a host that cannot be entered drops out with a reason and a next move, and the others go on', () => {
  test('simulated hosts that are down, show another key, refuse the login or the password of sudo', async () => {
    const lab = 'ansible_connection: lab'
    const { status, stdout, stderr } = await runWith(`
    down: {${lab}, lab: {faults: {unreachable: true}}}
    other-key: {${lab}, lab: {faults: {host_key: changed}}}
    closed: {${lab}, lab: {faults: {login: refused}}}
    wrong-user: {${lab}, ansible_user: guest}
    asks: {${lab}, lab: {sudo_password: right}, ansible_user: admin, ansible_become: true}
    wrong-password: {${lab}, lab: {sudo_password: right}, ansible_user: admin, ansible_become: true, ansible_become_password: secret-but-wrong}
`)
    expect([status, stderr]).toEqual([4, ''])
    expect(stdout).not.toContain('secret-but-wrong')
    expect(stdout).toMatchInlineSnapshot(`
      "
      PLAY [Look at every host] *****************************************************

      TASK [Ask for the kernel] *****************************************************
      ok: [fine]
      unreachable: [down]
        down (127.0.0.1 port PORT) refused the connection
        at          site.yaml:5:7
        next        does sshd listen on port PORT? another port: ansible_port
      unreachable: [other-key]
        other-key (127.0.0.1 port PORT) showed another host key than it was started with: ssh-ed25519 SHA256:KEY; somebody may be in between
        at          site.yaml:5:7
        next        another program may have taken its port: run again, or start the simulated host anew with "vflag-play lab reset"
      unreachable: [closed]
        closed (127.0.0.1 port PORT) refused the login of root: tried the key of the lab
        at          site.yaml:5:7
        next        try: ssh -p PORT root@127.0.0.1; another user: -u, another key: --private-key
      unreachable: [wrong-user]
        wrong-user (127.0.0.1 port PORT) refused the login of guest: tried the key of the lab
        at          site.yaml:5:7
        next        try: ssh -p PORT guest@127.0.0.1; another user: -u, another key: --private-key
      unreachable: [asks]
        becoming root with sudo was refused: sudo: a password is required
        at          site.yaml:5:7
        next        give the password with --ask-become-pass or ansible_become_password, or allow NOPASSWD in /etc/sudoers
      unreachable: [wrong-password]
        becoming root with sudo was refused: the password is wrong
        at          site.yaml:5:7
        next        check --ask-become-pass or ansible_become_password

      TASK [Go on where it answered] ************************************************
      ok: [fine]
        fine goes on

      PLAY RECAP
      fine                       : ok=2    changed=0    unreachable=0    failed=0    skipped=0    rescued=0    ignored=0
      down                       : ok=0    changed=0    unreachable=1    failed=0    skipped=0    rescued=0    ignored=0
      other-key                  : ok=0    changed=0    unreachable=1    failed=0    skipped=0    rescued=0    ignored=0
      closed                     : ok=0    changed=0    unreachable=1    failed=0    skipped=0    rescued=0    ignored=0
      wrong-user                 : ok=0    changed=0    unreachable=1    failed=0    skipped=0    rescued=0    ignored=0
      asks                       : ok=0    changed=0    unreachable=1    failed=0    skipped=0    rescued=0    ignored=0
      wrong-password             : ok=0    changed=0    unreachable=1    failed=0    skipped=0    rescued=0    ignored=0

      7 hosts in TIME, exit status 4
      "
    `)
  })

  test('a port where nobody listens', async () => {
    const { status, stdout, stderr } = await runWith(`
    nobody: {ansible_host: 127.0.0.1, ansible_port: 1}
`)
    expect([status, stderr]).toEqual([4, ''])
    expect(stdout).toMatchInlineSnapshot(`
      "
      PLAY [Look at every host] *****************************************************

      TASK [Ask for the kernel] *****************************************************
      ok: [fine]
      unreachable: [nobody]
        nobody (127.0.0.1 port PORT) refused the connection
        at          site.yaml:5:7
        next        does sshd listen on port PORT? another port: ansible_port

      TASK [Go on where it answered] ************************************************
      ok: [fine]
        fine goes on

      PLAY RECAP
      fine                       : ok=2    changed=0    unreachable=0    failed=0    skipped=0    rescued=0    ignored=0
      nobody                     : ok=0    changed=0    unreachable=1    failed=0    skipped=0    rescued=0    ignored=0

      2 hosts in TIME, exit status 4
      "
    `)
  })
})

describe('the keys of real SSH servers are compared with known_hosts', () => {
  const user = generateKeyPair('user')
  const host = generateKeyPair('host')
  const start = async () => {
    const server = await startSshServer({
      hostKey: host.privateKey,
      mayEnter: () => true,
      serve: ({ channel }) => {
        channel.exit(1)
        channel.end()
      },
    })
    servers.push(server)
    workshop.write('user', user.privateKey)
    return server.port
  }
  const real = (port: number) =>
    `    real: {ansible_host: 127.0.0.1, ansible_port: ${port}, ansible_ssh_private_key_file: user, ansible_ssh_common_args: "-o UserKnownHostsFile=${workshop.directory}/known_hosts"}\n`

  test('a key that is not known is refused, unless --accept-new-host-keys says otherwise', async () => {
    const port = await start()
    workshop.write('known_hosts', '')
    const refused = await runWith(real(port))
    expect([refused.status, refused.stderr]).toEqual([4, ''])
    expect(part(refused.stdout, 'real')).toMatchInlineSnapshot(`
      "unreachable: [real]
        the host key of real (127.0.0.1 port PORT) is not known: it showed ssh-ed25519 SHA256:KEY
        at          site.yaml:5:7
        next        compare the fingerprint, then: ssh-keyscan -p PORT 127.0.0.1 >> HERE/known_hosts (or trust new hosts: --accept-new-host-keys)"
    `)
    const accepted = await runWith(real(port), '--accept-new-host-keys')
    expect(accepted.stderr.replace(workshop.directory, 'HERE')).toMatchInlineSnapshot(`
      "the host key of real is new and was added to HERE/known_hosts
      "
    `)
    expect(part(accepted.stdout, 'real')).toMatchInlineSnapshot(`
      "unreachable: [real]
        real let us in but gave no shell: /bin/sh ended with status 1
        at          site.yaml:5:7
        next        the user needs a login shell and /bin/sh; a ForceCommand or /sbin/nologin stands in the way"
    `)
  })

  test('a key that has changed is refused, whatever is accepted', async () => {
    const port = await start()
    workshop.write('known_hosts', `[127.0.0.1]:${port} ${generateKeyPair('before').publicKey}\n`)
    const { status, stdout, stderr } = await runWith(real(port), '--accept-new-host-keys')
    expect([status, stderr]).toEqual([4, ''])
    expect(part(stdout, 'real')).toMatchInlineSnapshot(`
      "unreachable: [real]
        the host key of real (127.0.0.1 port PORT) has changed: it showed ssh-ed25519 SHA256:KEY, but HERE/known_hosts:1 has another; somebody may be in between
        at          site.yaml:5:7
        next        if the host was installed anew: ssh-keygen -R '[127.0.0.1]:PORT' -f HERE/known_hosts"
    `)
  })
})

/** The lines about one host, until the next host or task. */
function part(stdout: string, host: string): string {
  const lines = stdout.split('\n')
  const from = lines.findIndex((line) => line.includes(`[${host}]`))
  const to = lines.findIndex((line, at) => at > from && !line.startsWith('  '))
  return lines.slice(from, to).join('\n').replaceAll(workshop.directory, 'HERE').replaceAll(/:\d+'/g, ":PORT'")
}
