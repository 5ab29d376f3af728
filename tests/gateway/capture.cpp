#include "gateway/capture.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

namespace weir::gateway
{
namespace
{

struct capturing {
    capture_budget budget{10'000'000};
    capture c{budget};

    /// Bytes that are all different from their neighbours, so that a gap or a repetition shows.
    static std::string numbered(std::size_t size)
    {
        std::string out;
        for (std::size_t i = 0; out.size() < size; ++i) out += std::to_string(i) + ",";
        out.resize(size);
        return out;
    }

    void add(std::string_view body, std::size_t piece)
    {
        for (std::size_t i = 0; i < body.size(); i += piece) c.add(body.substr(i, piece), static_cast<std::int64_t>(i));
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(captures, capturing)

BOOST_AUTO_TEST_CASE(a_body_within_the_limit_is_kept_whole)
{
    auto const body = numbered(1000);
    c.begin("application/json", "", 1000);
    add(body, 7);

    BOOST_TEST(c.is_whole());
    BOOST_TEST(c.text() == body);
    BOOST_TEST(c.tail() == "");
    BOOST_TEST(c.total_bytes() == 1000U);
    BOOST_TEST(!c.is_cut());
}

BOOST_AUTO_TEST_CASE(a_longer_body_leaves_its_beginning_and_its_end_which_never_overlap)
{
    for (std::size_t const size : {1001U, 1500U, 30'000U, 33'768U, 33'769U, 40'000U, 200'000U}) {
        for (std::size_t const piece : {1U, 999U, 1000U, 1001U, 50'000U, 1'000'000U}) {
            if (piece == 1 && size > 40'000) continue;
            BOOST_TEST_CONTEXT(size << " bytes in pieces of " << piece)
            {
                capture one(budget);
                auto const body = numbered(size);
                one.begin("text/plain", "", 1000);
                for (std::size_t i = 0; i < size; i += piece) one.add(std::string_view(body).substr(i, piece), 0);

                BOOST_TEST(one.is_cut());
                BOOST_TEST(!one.is_whole());
                BOOST_TEST(one.total_bytes() == size);
                BOOST_TEST((one.text() == body.substr(0, 1000)));
                auto const expected = std::min<std::size_t>(size - 1000, capture::tail_size);
                BOOST_TEST(one.tail().size() == expected);
                BOOST_TEST((one.tail() == std::string_view(body).substr(size - expected)));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(memory_is_taken_from_the_budget_and_given_back)
{
    {
        capture one(budget);
        one.begin("application/json", "", 1'000'000);
        for (int i = 0; i < 100; ++i) one.add(numbered(5000), 0);

        BOOST_TEST(budget.used() >= 500'000);
        BOOST_TEST(budget.used() <= 1'000'000);
        BOOST_TEST(one.memory() >= 500'000U);
    }
    BOOST_TEST(budget.used() == 0);
}

BOOST_AUTO_TEST_CASE(the_end_of_a_long_body_and_the_values_of_a_form_count_too)
{
    capture cut(budget), form(budget);
    cut.begin("application/json", "", 1000);
    for (int i = 0; i < 40; ++i) cut.add(numbered(5000), 0);
    form.begin("multipart/form-data; boundary=b", "", 1'000'000);
    form.add("--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n" + numbered(200'000), 0);

    BOOST_TEST(cut.memory() >= cut.text().size() + cut.tail().size());
    BOOST_TEST(form.memory() >= 190'000U); // the last bytes wait for what may be the boundary
    BOOST_TEST(budget.used() == static_cast<std::int64_t>(cut.memory() + form.memory()));
}

BOOST_AUTO_TEST_CASE(short_bodies_take_little_of_the_budget)
{
    c.begin("application/json", "", 4'000'000);
    c.add("{}", 0);

    BOOST_TEST(budget.used() <= 1024);
}

BOOST_AUTO_TEST_CASE(without_budget_there_is_no_text_but_the_end_and_the_length)
{
    capture_budget small(2000);
    {
        capture one(small);
        auto const body = numbered(100'000);
        one.begin("application/json", "", 1'000'000);
        for (std::size_t i = 0; i < body.size(); i += 1000) one.add(std::string_view(body).substr(i, 1000), 0);

        BOOST_TEST(one.is_refused());
        BOOST_TEST(!one.is_whole());
        BOOST_TEST(one.text() == "");
        BOOST_TEST(one.total_bytes() == 100'000U);
        BOOST_TEST((one.tail() == std::string_view(body).substr(100'000 - capture::refused_tail_size)));
        BOOST_TEST(small.used() == static_cast<std::int64_t>(one.memory())); // only the end is counted still
        BOOST_TEST(one.memory() >= capture::refused_tail_size);
        BOOST_TEST(one.memory() < 4 * capture::refused_tail_size);
    }
    BOOST_TEST(small.used() == 0);
}

BOOST_AUTO_TEST_CASE(many_bodies_beyond_the_budget_take_a_few_kilobytes_each)
{
    capture_budget small(100'000);
    std::vector<std::unique_ptr<capture>> all;
    std::string const form_head = "--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n";
    for (int i = 0; i < 200; ++i) {
        auto& json = *all.emplace_back(std::make_unique<capture>(small));
        json.begin("application/json", "", 1'000'000);
        auto& form = *all.emplace_back(std::make_unique<capture>(small));
        form.begin("multipart/form-data; boundary=b", "", 1'000'000);
        form.add(form_head, 0);
        for (int piece = 0; piece < 20; ++piece) {
            json.add(numbered(5000), 0);
            form.add(numbered(5000), 0);
        }
    }

    BOOST_TEST(small.used() < 100'000 + 400 * 2 * static_cast<std::int64_t>(capture::refused_tail_size));
}

BOOST_AUTO_TEST_CASE(of_binary_bodies_only_type_size_and_hash_are_kept)
{
    c.begin("audio/mpeg", "", 1000);
    c.add("ab", 0);
    c.add("c", 1);

    auto const told = boost::json::parse(c.describe());
    BOOST_TEST((c.kind() == body_kind::binary));
    BOOST_TEST(c.text() == "");
    BOOST_TEST(told.at("content_type").as_string() == "audio/mpeg");
    BOOST_TEST(told.at("size").to_number<int>() == 3);
    BOOST_TEST(told.at("sha256").as_string() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    BOOST_TEST(budget.used() == 0);
}

BOOST_AUTO_TEST_CASE(forms_are_described_and_their_files_not_kept)
{
    c.begin("multipart/form-data; boundary=b", "", 1000);
    add("--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n--b--", 5);

    BOOST_TEST(c.describe() == R"({"model":"whisper-1"})");
    BOOST_TEST(!c.is_whole()); // it cannot be sent again from here
}

BOOST_AUTO_TEST_CASE(a_form_without_a_good_boundary_is_binary)
{
    for (auto const& type :
         {std::string("multipart/form-data"), "multipart/form-data; boundary=" + std::string(300, 'x')}) {
        capture one(budget);
        one.begin(type, "", 1000);
        one.add("x", 0);
        BOOST_TEST((one.kind() == body_kind::binary));
    }
}

BOOST_AUTO_TEST_CASE(coded_bodies_are_kept_beyond_the_limit_on_text)
{
    c.begin("application/json", "gzip", 10);
    c.add(std::string(100'000, 'x'), 0);

    BOOST_TEST(c.is_whole());
    BOOST_TEST(c.content_encoding() == "gzip");
}

BOOST_AUTO_TEST_CASE(identity_is_no_coding)
{
    c.begin("application/json", "identity", 10);

    BOOST_TEST(c.content_encoding() == "");
}

BOOST_AUTO_TEST_CASE(marks_tell_when_which_byte_came)
{
    c.begin("text/event-stream", "", 1000);
    c.add("aa", 10);
    c.add("b", 10);
    c.add("ccc", 20);

    BOOST_REQUIRE(c.marks().size() == 2U);
    BOOST_TEST(c.marks()[0].end == 3U);
    BOOST_TEST(c.marks()[0].at_us == 10);
    BOOST_TEST(c.marks()[1].end == 6U);
    BOOST_TEST(c.marks()[1].at_us == 20);
}

BOOST_AUTO_TEST_CASE(marks_are_bounded_and_keep_when_the_first_and_the_last_byte_came)
{
    c.begin("text/event-stream", "", 1'000'000);
    for (int i = 1; i <= 10'000; ++i) c.add("x", i * 100);

    auto const& marks = c.marks();
    BOOST_TEST(marks.size() <= 256U);
    BOOST_TEST(marks.front().at_us == 100); // time to first byte
    BOOST_TEST(marks.back().end == 10'000U);
    BOOST_TEST(marks.back().at_us == 1'000'000);
    for (std::size_t i = 1; i < marks.size(); ++i) {
        BOOST_TEST(marks[i - 1].end < marks[i].end);
        BOOST_TEST(marks[i - 1].at_us < marks[i].at_us);
    }
}

BOOST_AUTO_TEST_CASE(a_second_beginning_leaves_nothing_of_the_first)
{
    for (auto const* first : {"multipart/form-data; boundary=b", "application/octet-stream"}) {
        capture twice(budget);
        twice.begin(first, "", 1000);
        twice.begin("application/json", "", 1000);
        twice.add("{}", 1);

        BOOST_TEST(twice.text() == "{}");
        BOOST_TEST(twice.describe() == R"({"content_type":"application/json","size":2})");
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::gateway
