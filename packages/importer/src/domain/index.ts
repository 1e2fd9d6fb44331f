export { mergeProfiles, profileProblem } from './profile';
export { isStorableText } from './storable-text';
