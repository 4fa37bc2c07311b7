import { type Speech, speak } from '../lib/data/dataprocess/synthetic/voice.ts';

// "Hello there. This is a drawn face, and a voice made of numbers. Watch my mouth."
const TEXT = `_ HH AH L AO UH _ DH EH R _ _ DH IH S IH Z AH D R AO N F EH IY S _ AH N D AH V AO IY S M EH IY D AH V
  N AH M B ER Z _ _ W AA T SH M AA IY M AA UH TH _ _`;

/** The voice of demo/assets/voice.wav, with what its mouth does when. */
export const demoVoice = (): Speech => speak(TEXT);
