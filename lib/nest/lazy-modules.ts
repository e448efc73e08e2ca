import type { LazyModuleLoader, ModuleRef } from '@nestjs/core';

type Load = LazyModuleLoader['load'];

/**
 * Has what is loaded lazily looked at before whoever loads it gets it: Nest calls no lifecycle hooks there. Loading
 * rejects when the look throws, each time.
 */
export function watchLazyModules(loader: LazyModuleLoader, look: () => void): void {
  const load: Load = loader.load.bind(loader);
  const faults = new WeakMap<ModuleRef, { readonly error: unknown }>();
  loader.load = async (...args: Parameters<Load>): Promise<ModuleRef> => {
    const loaded = await load(...args);
    const known = faults.get(loaded);
    if (known !== undefined) throw known.error;
    try {
      look();
    } catch (error) {
      faults.set(loaded, { error });
      throw error;
    }
    return loaded;
  };
}
