#include "tests/support/exposition.hpp"

#include <boost/test/unit_test.hpp>

#include <stdexcept>

namespace weir::test
{

BOOST_AUTO_TEST_SUITE(reading_an_exposition)

BOOST_AUTO_TEST_CASE(what_a_scraper_would_trip_over_is_refused)
{
    static constexpr std::string_view head = "# HELP x_total X.\n# TYPE x_total counter\n";
    static constexpr std::string_view gauge = "# HELP g G.\n# TYPE g gauge\n";
    static constexpr std::string_view histogram = "# HELP h H.\n# TYPE h histogram\n";
    struct {
        std::string_view head, lines;
    } const cases[] = {
        {"", "x_total 1\n"},                                          // no head
        {"", "# HELP x_total X.\nx_total 1\n"},                       // no type
        {"", "# TYPE x_total counter\nx_total 1\n"},                  // no help
        {"", "# HELP x X.\n# TYPE x text\n"},                         // no such type
        {"", "# HELP x X.\n# TYPE x counter\nx 1\n"},                 // a counter's name
        {head, "# HELP x_total X.\n"},                                // a second head
        {head, "# TYPE x_total counter\n"},                           //
        {head, "x_total 1"},                                          // no end of the line
        {head, "\nx_total 1\n"},                                      //
        {head, "x_total  1\n"},                                       //
        {head, "x_total one\n"},                                      //
        {head, "x_total 1 2\n"},                                      // a timestamp, which weir never writes
        {head, "x_total -1\n"},                                       //
        {head, "x_total nan\n"},                                      //
        {head, "x_total 1\nx_total 1\n"},                             // a series twice
        {head, "x_total{a=\"1\"} 1\nx_total{a=\"1\"} 2\n"},           //
        {head, "x_total{a=\"1\",a=\"2\"} 1\n"},                       // a label twice
        {head, "x_total{a=1} 1\n"},                                   //
        {head, "x_total{a=\"1} 1\n"},                                 //
        {head, "x_total{a=\"\\x\"} 1\n"},                             //
        {head, "x_total{a=\"1\" 1\n"},                                //
        {head, "x_total{0a=\"1\"} 1\n"},                              //
        {head, "x-total 1\n"},                                        //
        {head, "y_total 1\n"},                                        // of another metric
        {gauge, "# HELP f F.\n# TYPE f gauge\nf 1\ng 1\n"},           // not with its metric
        {histogram, "h 1\n"},                                         //
        {histogram, "h_bucket{le=\"1\"} 1\nh_sum 1\nh_count 1\n"},    // no +Inf
        {histogram, "h_bucket{le=\"+Inf\"} 1\nh_sum 1\n"},            // no count
        {histogram, "h_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 2\n"}, // another count
        {histogram, "h_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n"}, // falls
        {histogram, "h_bucket{le=\"2\"} 1\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.lines)
    BOOST_CHECK_THROW(read_exposition(std::string(c.head) + std::string(c.lines)), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(what_it_may_read_is_read)
{
    auto const read = read_exposition("# HELP x_total X.\n# TYPE x_total counter\n"
                                      "x_total{a=\"q\\\"\",b=\"\\\\ \\n\"} 1.5e+3\nx_total{a=\"\",b=\"\"} 0\n"
                                      "# HELP h H.\n# TYPE h histogram\n"
                                      "h_bucket{le=\"0.1\"} 1\nh_bucket{le=\"+Inf\"} 3\nh_sum 7\nh_count 3\n");

    BOOST_TEST(read.at("x_total").value({{"a", "q\""}, {"b", "\\ \n"}}) == 1500);
    BOOST_TEST(read.at("h").value({}, "_count") == 3);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::test
