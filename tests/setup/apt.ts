import { execFileSync, spawnSync } from 'node:child_process'

/** Installs a Debian package where that needs no password. @param name what to call it in the one line that says so */
export function aptInstall(debianPackage: string, name: string): boolean {
  const prefix = rootPrefix()
  if (!prefix || spawnSync('apt-get', ['--version']).status !== 0) return false
  say(`Installing ${name} with apt-get, once.`)
  const apt = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q']
  return run([...apt, 'update']) && run([...apt, 'install', '-y', '--no-install-recommends', debianPackage])
}

/** The words in front of a command that make it run as root without asking; undefined where that is not possible. */
export function rootPrefix(): string[] | undefined {
  if (process.getuid?.() === 0) return []
  return spawnSync('sudo', ['-n', 'true']).status === 0 ? ['sudo', '-n'] : undefined
}

/** Runs a command with its output on stderr: stdout may be a report that a program reads. */
export function run([command, ...args]: string[]): boolean {
  try {
    execFileSync(command!, args, { stdio: ['ignore', 2, 2] })
    return true
  } catch {
    return false
  }
}

export function say(sentence: string): void {
  process.stderr.write(`${sentence}\n`)
}
