import { useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'
import { createRecipeSlice, type RecipeSlice } from '../recipe/slice.ts'
import { createTrainingSlice, type TrainingSlice } from '../training/slice.ts'
import { createTrajectoriesSlice, type TrajectoriesSlice } from '../trajectories/slice.ts'
import { createDeviceSlice, type DeviceSlice } from './deviceSlice.ts'

/** Everything the page knows; a slice per place. What is large stays in the worker. */
export type LabState = DeviceSlice & TrajectoriesSlice & RecipeSlice & TrainingSlice

export const labStore = createStore<LabState>()((...parts) => ({
  ...createDeviceSlice(...parts),
  ...createTrajectoriesSlice(...parts),
  ...createRecipeSlice(...parts),
  ...createTrainingSlice(...parts),
}))

/** Reads a part of the page's state and follows it. */
export function useLab<T>(select: (state: LabState) => T): T {
  return useStore(labStore, select)
}
