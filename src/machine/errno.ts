import type { Errno, Sys } from './machine.ts'

/** What strerror(3) of glibc says for an error number. */
export const errorTexts: Readonly<Record<Errno, string>> = {
  EACCES: 'Permission denied',
  EAGAIN: 'Resource temporarily unavailable',
  EBUSY: 'Device or resource busy',
  EEXIST: 'File exists',
  EINVAL: 'Invalid argument',
  EIO: 'Input/output error',
  EISDIR: 'Is a directory',
  ELOOP: 'Too many levels of symbolic links',
  ENODEV: 'No such device',
  ENOENT: 'No such file or directory',
  ENOMEM: 'Cannot allocate memory',
  ENOSPC: 'No space left on device',
  ENOTDIR: 'Not a directory',
  ENOTEMPTY: 'Directory not empty',
  EOPNOTSUPP: 'Operation not supported',
  EPERM: 'Operation not permitted',
  ERANGE: 'Numerical result out of range',
}

/** A call that worked and gives nothing back. */
export const done: Sys = { ok: true, value: undefined }

/** A call that worked. */
export const gave = <T>(value: T): Sys<T> => ({ ok: true, value })

/** A call that the kernel refused, with netlink's explanation where there is one. */
export const refused = (
  errno: Errno,
  text?: string,
): { readonly ok: false; readonly errno: Errno; readonly text?: string } => ({
  ok: false,
  errno,
  ...(text !== undefined && { text }),
})

/** The C library's text for a refusal. */
export const strerror = (errno: Errno): string => errorTexts[errno]
