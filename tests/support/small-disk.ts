import { execFileSync } from 'node:child_process';
import { statfsSync } from 'node:fs';

/** A file system in memory, which can be filled without writing a byte: its size can be changed. */
export interface SmallDisk {
  /** Leaves no free space: the file system shrinks to what is used. */
  fill(): void;
  /** Resizes it. Default: its original size. */
  makeRoom(to?: string): void;
  unmount(): void;
}

/** Space for files that grow meanwhile. Bytes. */
const STEP_BYTES = 64 * 1024;
const TRIES = 200;

/**
 * Mounts one over an empty directory. Undefined if this account may not mount.
 * @param size as `mount` takes it, such as `256m`
 */
export function mountSmallDisk(directory: string, size: string): SmallDisk | undefined {
  const mount = (options: string) =>
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory], { stdio: 'ignore' });
  const resize = (to: string) => mount(`remount,size=${to}`);
  try {
    mount(`size=${size},mode=711`);
  } catch {
    return undefined;
  }
  return {
    fill: () => {
      for (let tries = 0; ; tries++) {
        const { blocks, bfree, bsize } = statfsSync(directory);
        try {
          return void resize(String((blocks - bfree) * bsize + tries * STEP_BYTES));
        } catch (error) {
          // the size is smaller than what is used by now
          if (tries >= TRIES) throw error;
        }
      }
    },
    makeRoom: (to = size) => resize(to),
    unmount: () => execFileSync('umount', ['-l', directory]),
  };
}
