#define BOOST_TEST_MODULE prompts
#include <boost/test/unit_test.hpp>
