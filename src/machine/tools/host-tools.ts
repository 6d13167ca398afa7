import type { Tool } from '../machine.ts'
import { aptGet } from './apt-get.ts'
import { dnf } from './dnf.ts'
import { dpkg, dpkgQuery } from './dpkg-query.ts'
import { ifconfig } from './ifconfig.ts'
import { ifdown } from './ifdown.ts'
import { ifup } from './ifup.ts'
import { iperf3 } from './iperf3.ts'
import { iptables } from './iptables.ts'
import { iptablesRestore, iptablesSave } from './iptables-save.ts'
import { journalctl } from './journalctl.ts'
import { netplan } from './netplan.ts'
import { networkctl } from './networkctl.ts'
import { nmcli } from './nmcli.ts'
import { ovsAppctl } from './ovs-appctl.ts'
import { ovsDpctl } from './ovs-dpctl.ts'
import { ovsVsctl } from './ovs-vsctl.ts'
import { ping } from './ping.ts'
import { pgrep, pkill } from './process-tools.ts'
import { reboot } from './reboot.ts'
import { rpm } from './rpm.ts'
import { shutdown } from './shutdown.ts'
import { systemctl } from './systemctl.ts'
import { systemdRun } from './systemd-run.ts'
import { tc } from './tc.ts'
import { virsh } from './virsh.ts'
import { yum } from './yum.ts'

/** The programs of Open vSwitch, libvirt, systemd, packages, network scripts and traffic, by name. */
export const hostTools: Readonly<Record<string, Tool>> = {
  apt: aptGet,
  'apt-get': aptGet,
  dnf,
  dpkg,
  'dpkg-query': dpkgQuery,
  ifconfig,
  ifdown,
  ifup,
  iperf3,
  iptables,
  'iptables-restore': iptablesRestore,
  'iptables-save': iptablesSave,
  journalctl,
  netplan,
  networkctl,
  nmcli,
  'ovs-appctl': ovsAppctl,
  'ovs-dpctl': ovsDpctl,
  'ovs-vsctl': ovsVsctl,
  pgrep,
  ping,
  pkill,
  reboot,
  rpm,
  shutdown,
  systemctl,
  'systemd-run': systemdRun,
  tc,
  virsh,
  yum,
}
