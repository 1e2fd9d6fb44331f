export { profileProblem } from './profile';
