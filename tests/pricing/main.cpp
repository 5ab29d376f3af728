#define BOOST_TEST_MODULE pricing
#include <boost/test/unit_test.hpp>
