import { useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'
import { type ActingSlice, createActingSlice } from '../acting/slice.ts'
import { type ClusterSlice, createClusterSlice } from '../cluster/slice.ts'
import { createMappingSlice, type MappingSlice } from '../mapping/slice.ts'
import { type BuiltInSlice, createBuiltInSlice } from '../recipe/builtInSlice.ts'
import { type CaptureSlice, createCaptureSlice } from '../recipe/captureSlice.ts'
import { createRecipeSlice, type RecipeSlice } from '../recipe/slice.ts'
import { createStudiesSlice, type StudiesSlice } from '../studies/slice.ts'
import { createTrainingSlice, type TrainingSlice } from '../training/slice.ts'
import { createEditSlice, type EditSlice } from '../trajectories/editSlice.ts'
import { createListSlice, type ListSlice } from '../trajectories/listSlice.ts'
import { createTrajectoriesSlice, type TrajectoriesSlice } from '../trajectories/slice.ts'
import { createDeviceSlice, type DeviceSlice } from './deviceSlice.ts'
import { createViewSlice, type ViewSlice } from './viewSlice.ts'

/** Everything the page knows; a slice per place. What is large stays in the worker. */
export type LabState = DeviceSlice &
  TrajectoriesSlice &
  ListSlice &
  RecipeSlice &
  CaptureSlice &
  BuiltInSlice &
  TrainingSlice &
  EditSlice &
  MappingSlice &
  ClusterSlice &
  StudiesSlice &
  ActingSlice &
  ViewSlice

export const labStore = createStore<LabState>()((...parts) => ({
  ...createDeviceSlice(...parts),
  ...createTrajectoriesSlice(...parts),
  ...createListSlice(...parts),
  ...createRecipeSlice(...parts),
  ...createCaptureSlice(...parts),
  ...createBuiltInSlice(...parts),
  ...createTrainingSlice(...parts),
  ...createEditSlice(...parts),
  ...createMappingSlice(...parts),
  ...createClusterSlice(...parts),
  ...createStudiesSlice(...parts),
  ...createActingSlice(...parts),
  ...createViewSlice(...parts),
}))

/** Reads a part of the page's state and follows it. */
export function useLab<T>(select: (state: LabState) => T): T {
  return useStore(labStore, select)
}
