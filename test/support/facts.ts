import type { Facts } from '../../src/module/facts.ts'

/** Facts of an EL9 hypervisor with a ConnectX-6 Dx; say what is different. */
export function facts(over: Partial<Facts> = {}): Facts {
  return {
    hostname: 'hv1',
    fqdn: 'hv1.example.net',
    distribution: {
      id: 'rhel',
      version: '9.4',
      major: 9,
      family: 'redhat',
      name: 'Red Hat Enterprise Linux 9.4 (Plow)',
    },
    kernel: '5.14.0-427.el9.x86_64',
    architecture: 'x86_64',
    boot_id: '11111111-2222-3333-4444-555555555555',
    package_manager: 'dnf',
    systemd: 252,
    network_backend: 'networkmanager',
    pfs: [],
    management: { interface: 'eno1', uses: ['eno1'] },
    ...over,
  }
}
