export { profileProblem } from './profile';
export { isStorableText } from './storable-text';
