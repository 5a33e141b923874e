/* The header of native object classes is abi/objclass.h; this one is for include paths that name sdk/c. */
#include "../../abi/objclass.h"
