import type { Tool } from '../machine.ts'
import { devlink } from './devlink.ts'
import { ethtool } from './ethtool.ts'
import { cat, ls, readlink, test } from './file-tools.ts'
import { hostTools } from './host-tools.ts'
import { ip } from './ip.ts'
import { dmesg, hostname, lsmod, modprobe, udevadm, uname } from './kernel-tools.ts'
import { lspci } from './lspci.ts'
import { mlxconfig, mstconfig } from './mstconfig.ts'
import { mlxfwreset, mstfwreset } from './mstfwreset.ts'
import { date, echo, env, fail, getent, id, printenv, printf, pwd, sleep, succeed, whoami } from './small-tools.ts'

/** The programs of a machine by name. */
export const tools: Readonly<Record<string, Tool>> = {
  ...hostTools,
  cat,
  date,
  devlink,
  dmesg,
  echo,
  env,
  ethtool,
  false: fail,
  getent,
  hostname,
  id,
  ip,
  ls,
  lsmod,
  lspci,
  mlxconfig,
  modprobe,
  mlxfwreset,
  mstconfig,
  mstfwreset,
  printenv,
  printf,
  pwd,
  readlink,
  sleep,
  sync: succeed,
  test,
  true: succeed,
  udevadm,
  uname,
  whoami,
}
