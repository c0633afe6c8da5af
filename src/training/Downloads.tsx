import { ActionIcon, Button, Menu } from '@mantine/core'
import { useState } from 'react'
import { lab } from '../lab/client.ts'
import { attempt } from '../lab/notices.ts'
import { save } from '../lab/save.ts'
import { useLab } from '../lab/store.ts'
import classes from './Downloads.module.css'
import { zipFolder } from './zipFolder.ts'

const STUDENT_FILES = [
  'model.safetensors',
  'config.json',
  'tokenizer.json',
  'generation_config.json',
  'recipe.json',
]

/** What a person takes home: the student, whole or file by file, and the metrics. */
export function Downloads() {
  const hasStudent = useLab((state) => state.run.hasStudent)
  const step = useLab((state) => state.run.studentStep ?? state.run.step)
  const [packing, setPacking] = useState(false)
  const name = `student-step-${step}`

  const student = async (file?: string) => {
    setPacking(true)
    const files = await attempt(lab.studentFiles())
    const content = files && file ? files[file] : undefined
    if (content) save(file!, content)
    else if (files) save(`${name}.zip`, await zipFolder(name, files))
    setPacking(false)
  }
  const metrics = async (format: 'jsonl' | 'csv') => {
    const text = await attempt(lab.metricsFile(format))
    if (text !== undefined) save(`metrics.${format}`, text)
  }
  return (
    <div className={classes.downloads}>
      <Button.Group>
        <Button disabled={!hasStudent || packing} onClick={() => student()}>
          Download student
        </Button>
        <Menu>
          <Menu.Target>
            <ActionIcon
              variant="default"
              size={26}
              aria-label="Single files of the student"
              disabled={!hasStudent || packing}
            >
              <span aria-hidden="true">▾</span>
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {STUDENT_FILES.map((file) => (
              <Menu.Item key={file} onClick={() => student(file)}>
                {file}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      </Button.Group>
      <Button disabled={!hasStudent} onClick={() => metrics('jsonl')}>
        Metrics JSONL
      </Button>
      <Button disabled={!hasStudent} onClick={() => metrics('csv')}>
        Metrics CSV
      </Button>
    </div>
  )
}
