// Nest's decorators write metadata as soon as a file is read, so the polyfill has to be there first.
import 'reflect-metadata';
