/** The release of systemd from `systemctl --version`, whose first line is `systemd 252 (252-32.el9_4)`; null for anything else. */
export function parseSystemdVersion(text: string): number | null {
  const found = /^systemd (\d+)/.exec(text)?.[1]
  return found === undefined ? null : Number(found)
}
