// Files that change places.
#ifndef CPOSIX_PLACES_H
#define CPOSIX_PLACES_H

// Moves the file `from`, beneath the directory that is open as `from_directory`, to `to`. 0 where nothing was there, 1 where the two
// have changed places, -1 and errno. In one step, but for file systems that know no exchange: there nothing lies at `to` for a moment.
int cpx_place(int from_directory, const char *_Nonnull from, int to_directory, const char *_Nonnull to);

#endif
