import type { Facts } from '../../src/module/facts.ts'
import { hvFacts, type Shown } from './readings.ts'

/** Ways in which the network of a host is run. */
export type NetworkHost = 'rhel7' | 'el8' | 'el8-ifcfg' | 'el9' | 'ubuntu' | 'debian'

const distributions = {
  el8: { id: 'rhel', version: '8.4', major: 8, family: 'redhat', name: 'RHEL 8.4' },
  ubuntu: { id: 'ubuntu', version: '24.04', major: 24, family: 'debian', name: 'Ubuntu 24.04' },
  debian: { id: 'debian', version: '12', major: 12, family: 'debian', name: 'Debian 12' },
} as const

/** Facts of such a host. */
export const networkFacts: Readonly<Record<NetworkHost, Facts>> = {
  rhel7: hvFacts('rhel7.7'),
  el8: hvFacts('el9', { distribution: distributions.el8, systemd: 239 }),
  'el8-ifcfg': hvFacts('el9', { distribution: distributions.el8, systemd: 239 }),
  el9: hvFacts('el9'),
  ubuntu: hvFacts('el9', { distribution: distributions.ubuntu, network_backend: 'netplan', systemd: 255 }),
  debian: hvFacts('el9', { distribution: distributions.debian, network_backend: 'networkd' }),
}

const scripts = '/etc/sysconfig/network-scripts'
/** What the installer left for a port. */
export const theirIfcfg = 'TYPE=Ethernet\nBOOTPROTO=dhcp\nDEVICE=ens2f0\nONBOOT=no\n'

/** What such a host shows before anything was written. */
export const networkHosts: Readonly<Record<NetworkHost, Shown>> = {
  rhel7: {
    files: { [`${scripts}/ifcfg-ens2f0`]: theirIfcfg, [`${scripts}/ifcfg-lo`]: 'DEVICE=lo\n' },
  },
  el8: {
    files: { '/usr/sbin/NetworkManager': '', [`${scripts}/ifcfg-eno1`]: 'DEVICE=eno1\n' },
  },
  'el8-ifcfg': {
    files: { '/usr/sbin/NetworkManager': '', [`${scripts}/ifcfg-ens2f0`]: theirIfcfg },
  },
  el9: {
    files: { '/usr/sbin/NetworkManager': '', '/etc/systemd/network/.keep': '' },
  },
  ubuntu: {
    files: {
      '/usr/sbin/netplan': '',
      '/usr/lib/systemd/systemd-networkd': '',
      '/etc/systemd/network/.keep': '',
      '/etc/netplan/50-cloud-init.yaml':
        'network:\n    ethernets:\n        eno1:\n            addresses:\n            - 192.0.2.11/24\n    version: 2\n',
    },
  },
  debian: {
    files: {
      '/usr/lib/systemd/systemd-networkd': '',
      '/etc/systemd/network/10-eno1.network': '[Match]\nName=eno1\n\n[Network]\nAddress=192.0.2.11/24\n',
    },
  },
}
