/**
 * The shell functions that a frame calls. They are written for POSIX sh (dash, bash, busybox ash) and for the tools of
 * coreutils and busybox. `IFS` is empty inside a frame, so an unquoted variable is only globbed, never split.
 *
 * `_N` is the nonce. What a call writes lies between marks on stdout and on stderr: `NONCE<` begins the frame,
 * `NONCE.STATUS` ends a call, `NONCE,STATUS` ends a part of one, `NONCE>` ends the frame.
 */
const functions = {
  /** End of a call. */
  _e: `_e() { printf '%s.%s\\n' "$_N" "$1"; printf '%s.\\n' "$_N" >&2; }`,
  _begin: `_begin() { _F=; printf '%s<\\n' "$_N"; printf '%s<\\n' "$_N" >&2; }`,
  _end: `_end() { printf '%s>\\n' "$_N"; printf '%s>\\n' "$_N" >&2; }`,
  _b: `_b() { "_$@"; _e $?; }`,
  _a: `_a() { "_$@"; _e $?; }`,
  /** A step: options up to \`--\`, then what it acts on. _F: a step has failed. _W: why, where the status does not say it. */
  _s: `_s() {
if [ "$_F" ]; then _e -; return; fi
_k=$1; shift; _m= _u= _q= _h= _R= _O=,0, _T= _D= _I= _J= _W=
while [ "$1" != -- ]; do case $1 in
mode=*) _m=\${1#*=};; owner=*) _u=\${1#*=};; group=*) _q=\${1#*=};; backup=*) _h=\${1#*=};;
recursive) _R=-R;; ok=*) _O=,\${1#*=},;; timeout=*) _T=\${1#*=};; cwd=*) _D=\${1#*=};;
stdin=*) _I=text _J=\${1#*=};; stdin64=*) _I=64 _J=\${1#*=};;
esac; shift; done; shift
"_$_k" "$@"; _S=$?
case $_O in *,$_S,*) ;; *) _F=1;; esac
[ -z "$_W" ] || _F=1
_e "$_S\${_W:+ $_W}"
}`,
  /** stat(2), one line; names of users and groups cannot hold a colon (passwd(5)). */
  _i: `_i() { stat -c %F:%a:%s:%U:%G:%u:%g:%Y:%i:%h "$@"; }`,
  _file: `_file() {
_x=$(_i -L -- "$1") || return
printf '%s\\n' "$_x"; _y=\${_x#*:*:}
case $_x in regular*) [ "\${_y%%:*}" -gt 8388608 ] || head -c 8388609 -- "$1";; esac
}`,
  _stat: `_stat() {
case $1 in *L*) _x=$(_i -L -- "$2");; *) _x=$(_i -- "$2");; esac || return
printf '%s\\n' "$_x"
case $_x in symbolic*) readlink -- "$2";; regular*) case $1 in *C*) sha1sum <"$2";; esac;; esac
}`,
  /** The builtin reads one whole line without a fork; anything else (an error, more lines, /proc/sys read by bytes) goes through cat. */
  _attrs: `_attrs() { for _g do for _p in $_g; do
[ -e "$_p" ] || [ -L "$_p" ] || continue
if { { read -r _v && ! read -r _w && [ -z "$_w" ]; } <"$_p"; } 2>/dev/null; then printf '%s\\000=%s\\n' "$_p" "$_v"
else printf '%s\\000!' "$_p"; cat -- "$_p"; printf '%s,%s\\n' "$_N" $?; printf '%s,\\n' "$_N" >&2; fi
done; done; return 0; }`,
  /** GNU find reads all of them in one process; busybox has no -printf, and a minimal system no find. */
  _links: `_links() { for _g do set --
for _p in $_g; do [ -L "$_p" ] && set -- "$@" "$_p"; done
[ $# = 0 ] || find "$@" -maxdepth 0 -printf '%p\\0%l\\0' 2>/dev/null ||
for _p do printf '%s\\000' "$_p"; readlink -n -- "$_p"; printf '\\000'; done
done; return 0; }`,
  _list: `_list() { for _g do for _p in $_g; do
if [ -e "$_p" ] || [ -L "$_p" ]; then printf '%s\\000' "$_p"; fi
done; done; return 0; }`,
  /** exec in a subshell finds programs only, never a builtin or one of these functions. */
  _command: `_command() { ( exec "$@" ); }`,
  _own: `_own() {
[ -z "$_u$_q" ] || chown $_R -- "$_u\${_q:+:$_q}" "$1" || return
[ -z "$_m" ] || chmod $_R -- "$_m" "$1"
}`,
  /** A link to a file is written through; the file gets what the one it replaces had: mode, owner, ACL, SELinux context. */
  _write: `_write() {
_p=$1
if [ -L "$_p" ] && [ -f "$_p" ]; then _p=$(readlink -f -- "$_p") || return; fi
if [ -d "$_p" ] && [ ! -L "$_p" ]; then printf 'write: %s: Is a directory\\n' "$_p" >&2; return 1; fi
if [ "$_h" ] && [ -f "$_p" ] && [ ! -e "$_h" ]; then
case $_h in */*) mkdir -p -- "\${_h%/*}/";; esac && cp -p -- "$_p" "$_h.$_M" && mv -fT -- "$_h.$_M" "$_h" || { rm -f -- "$_h.$_M"; return 1; }
fi
case $_p in */*) _t=\${_p%/*}/.vflag-$_M;; *) _t=./.vflag-$_M;; esac
_put "$@" || { _S=$?; rm -f -- "$_t" 2>/dev/null; return $_S; }
}`,
  _put: `_put() {
( umask 077; case $2 in text) printf %s "$4";; *) printf %s "$4" | base64 -d;; esac | dd of="$_t" bs=65536 conv=fsync ) || return
_x=$(wc -c <"$_t") && [ "$_x" -eq "$3" ] || { printf 'write: %s of %s bytes arrived\\n' "$_x" "$3" >&2; return 1; }
_n=
if [ -f "$_p" ]; then
{ cp --attributes-only --preserve=all -- "$_p" "$_t" && touch -- "$_t"; } 2>/dev/null || {
chown "$(stat -c %u:%g -- "$_p")" "$_t" 2>/dev/null; chmod "$(stat -c %a -- "$_p")" "$_t" || return; }
else _n=1; : "\${_m:=0644}"; fi
_own "$_t" && mv -fT -- "$_t" "$_p" || return
[ -z "$_n" ] || [ ! -e /sys/fs/selinux/enforce ] || restorecon -- "$_p" 2>/dev/null
return 0
}`,
  /** dd makes one write(2) and keeps the errno text, which dash's builtins lose. An absent attribute is not made: cat says why. */
  _attr: `_attr() {
[ -e "$1" ] || { cat -- "$1" >/dev/null; return 1; }
printf '%s\\n' "$2" | dd of="$1" bs=65536
}`,
  _remove: `_remove() {
[ -e "$1" ] || [ -L "$1" ] || return 0
if [ "$_R" ]; then rm -rf -- "$1"
elif [ -d "$1" ] && [ ! -L "$1" ]; then rmdir -- "$1"
else rm -f -- "$1"; fi
}`,
  _mkdir: `_mkdir() { mkdir -p -- "$1" && _own "$1"; }`,
  _link: `_link() {
if [ -d "$1" ] && [ ! -L "$1" ]; then printf 'link: %s: Is a directory\\n' "$1" >&2; return 1; fi
ln -sfn -- "$2" "$1"
}`,
  _mode: `_mode() { _own "$1"; }`,
  _move: `_move() { mv -fT -- "$1" "$2"; }`,
  /**
   * What a step prints goes to files without a name first: a process it leaves behind keeps those, and cannot write into
   * what later calls print.
   */
  _run: `_run() {
if [ "$_D" ] && ! ( cd -- "$_D" ) 2>/dev/null; then _W=C; ls -d -- "$_D/." >/dev/null; return 1; fi
[ -z "$_T" ] || _z=$(date +%s)
for _d in /dev/shm /run "\${TMPDIR:-/tmp}" /tmp .; do
_t=$_d/.vflag-$_M
( umask 077; set -C; : >"$_t" && : >"$_t.e" ) 2>/dev/null || continue
{ rm -f -- "$_t" "$_t.e"; _go "$@" >&3 2>&5 3>&- 4<&- 5>&- 6<&-; _S=$?
head -c 8388609 <&4; head -c 8388609 <&6 >&2; } 3>"$_t" 4<"$_t" 5>"$_t.e" 6<"$_t.e"
_late $_S; return $_S
done
_go "$@"; _S=$?; _late $_S; return $_S
}`,
  /** timeout(1) ends with 124, and with 137 when it had to kill. */
  _late: `_late() {
[ -z "$_T" ] || [ "$1" -lt 124 ] || [ $(($(date +%s) - _z)) -lt "\${_T%%.*}" ] || _W=T
}`,
  _go: `_go() { case $_I in
text) printf %s "$_J" 2>/dev/null | _x "$@";;
64) printf %s "$_J" | base64 -d 2>/dev/null | _x "$@";;
*) _x "$@";;
esac; }`,
  /** Takes the number of variables, the variables, the program and its arguments. In the background stdin is /dev/null unless it comes by another descriptor. */
  _x: `_x() { (
[ -z "$_D" ] || cd -- "$_D" || exit 1
_c=$1; shift
while [ "$_c" != - ] && [ "$_c" -gt 0 ]; do _c=$((_c-1)); export "$1"; shift; done
[ "$_T" ] || exec "$@"
if command -v timeout >/dev/null; then exec timeout -k 5 "$_T" "$@"; fi
exec 3<&0; ( exec "$@" 3<&- ) <&3 & _p=$!
( sleep "$_T"; kill "$_p"; sleep 5; kill -9 "$_p" ) >/dev/null 2>&1 3<&- & _w=$!
wait "$_p"; _c=$?; kill "$_w" 2>/dev/null; exit $_c
); }`,
  _shell: `_shell() { _run "$@"; }`,
  _bg: `_bg() { (
if command -v setsid >/dev/null; then setsid "$@" & else nohup "$@" & fi
) </dev/null >/dev/null 2>&1; }`,
  _need: `_need() { command -v "$1" >/dev/null || { printf 'sh: 1: %s: not found\\n' "$1" >&2; return 127; }; }`,
  _detach: `_detach() { _need "$1" && _bg "$@"; }`,
  /** The reply has to get out first, hence the second. shutdown(8) shows the message to everybody logged in. */
  _reboot: `_reboot() {
command -v shutdown >/dev/null || _need reboot || return
_bg sh -c 'sleep 1; shutdown -r now "$1" || systemctl reboot || reboot' sh "$1"
}`,
} as const

type FunctionName = keyof typeof functions

/** What each kind of call needs besides itself. */
const needs: Readonly<Record<string, readonly FunctionName[]>> = {
  file: ['_i', '_file'],
  stat: ['_i', '_stat'],
  attrs: ['_attrs'],
  links: ['_links'],
  list: ['_list'],
  command: ['_command'],
  write: ['_own', '_put', '_write'],
  attr: ['_attr'],
  remove: ['_remove'],
  mkdir: ['_own', '_mkdir'],
  link: ['_link'],
  mode: ['_own', '_mode'],
  move: ['_move'],
  run: ['_run', '_late', '_go', '_x'],
  shell: ['_run', '_late', '_go', '_x', '_shell'],
  detach: ['_bg', '_need', '_detach'],
  reboot: ['_bg', '_need', '_reboot'],
}

const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

const environment = `IFS= LC_ALL=C LANGUAGE=C
case $PATH in *${searchPath}) ;; *) PATH=\${PATH:+$PATH:}${searchPath};; esac
export LC_ALL LANGUAGE PATH`

/** The functions that calls of these verbs and kinds use, and the environment they run in; nothing more, since bash reads a script byte by byte. */
export function prelude(nonce: string, verbs: Iterable<string>, kinds: Iterable<string>): string {
  const names = new Set<string>(['_e', '_begin', '_end', ...verbs])
  for (const kind of kinds) for (const name of needs[kind] ?? []) names.add(name)
  const wanted = Object.entries(functions).filter(([name]) => names.has(name))
  return [`_N=${nonce} _M=${nonce.slice(0, 16)}`, environment, ...wanted.map(([, text]) => text)].join('\n')
}
