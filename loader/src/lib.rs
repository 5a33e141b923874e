//! From a class name to an open class.
