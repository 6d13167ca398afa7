import { existsSync } from 'node:fs'
import { noLibvirtSchemas } from './libvirt-schemas.ts'

/** Says at the end of a run what this machine could not test, so that a green run never claims more than it did. */
export function setup(): () => void {
  return () => {
    const missing = [
      'ring 4 (OpenSSH sshd, sudo, su, libvirt’s schemas): its own command, npm run test:real',
      ...[
        ['busybox', '/bin/busybox', '/usr/bin/busybox'] as const,
        ['bash', '/bin/bash', '/usr/bin/bash'] as const,
        ['dash', '/bin/dash', '/usr/bin/dash'] as const,
      ]
        .filter(([, ...paths]) => !paths.some((each) => existsSync(each)))
        .map(([name]) => `the shell contract with ${name}: not installed`),
      ...(existsSync('/usr/sbin/sshd')
        ? []
        : ['OpenSSH’s sshd is not installed here, so ring 4 would leave its suites out as well']),
      ...(noLibvirtSchemas() === null
        ? []
        : [`${noLibvirtSchemas()}, so ring 4 would not hold hostdev XML against libvirt’s schemas`]),
    ]
    process.stdout.write(`\nLeft out of this run:\n${missing.map((each) => `  - ${each}\n`).join('')}`)
  }
}
