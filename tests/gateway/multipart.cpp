#include "gateway/multipart.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <random>

namespace weir::gateway
{
BOOST_AUTO_TEST_SUITE(multipart_bodies)

namespace
{

std::string describe(std::string_view boundary, std::vector<std::string_view> const& pieces,
                     std::size_t most_text = 1000)
{
    multipart_digest digest(boundary, most_text);
    for (auto const piece : pieces) digest.add(piece);
    return digest.describe();
}

constexpr std::string_view form = "preamble\r\n"
                                  "--b-1\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n"
                                  "--b-1\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a b.wav\"\r\n"
                                  "Content-Type: audio/wav\r\n\r\n\r\n--b-\r\n--b\r\nRIFF\r\n"
                                  "--b-1 \t\r\nContent-Disposition: form-data; name=tag\r\n\r\n1\r\n"
                                  "--b-1\r\nContent-Disposition: form-data; name=tag\r\n\r\n\r\n"
                                  "--b-1--\r\nepilogue --b-1\r\n";

} // namespace

BOOST_AUTO_TEST_CASE(fields_keep_their_values_and_files_their_name_type_size_and_hash)
{
    auto const value = boost::json::parse(describe("b-1", {form})).as_object();

    BOOST_TEST(value.at("model").as_string() == "whisper-1");
    auto const& file = value.at("file").as_object();
    BOOST_TEST(file.at("filename").as_string() == "a b.wav");
    BOOST_TEST(file.at("content_type").as_string() == "audio/wav");
    BOOST_TEST(file.at("size").to_number<int>() == 17); // CRLF--b-CRLF--bCRLFRIFF
    BOOST_TEST(file.at("sha256").as_string().size() == 64U);
    BOOST_TEST(value.at("tag").as_array().size() == 2U);
    BOOST_TEST(value.size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_form_means_the_same_whatever_the_pieces_it_comes_in)
{
    auto const whole = describe("b-1", {form});
    for (std::size_t split = 0; split <= form.size(); ++split) {
        BOOST_TEST_CONTEXT("split at " << split)
        BOOST_TEST(describe("b-1", {form.substr(0, split), form.substr(split)}) == whole);
    }
    std::vector<std::string_view> bytes;
    for (std::size_t i = 0; i < form.size(); ++i) bytes.push_back(form.substr(i, 1));
    BOOST_TEST(describe("b-1", bytes) == whole);
}

BOOST_AUTO_TEST_CASE(a_files_hash_is_of_its_bytes)
{
    auto const value = boost::json::parse(
        describe("b", {"--b\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\nabc\r\n--b--\r\n"}));

    BOOST_TEST(value.at("f").at("sha256").as_string() ==
               "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    BOOST_TEST(value.at("f").at("size").to_number<int>() == 3);
}

BOOST_AUTO_TEST_CASE(a_file_that_was_cut_has_no_hash)
{
    auto const value =
        boost::json::parse(describe("b", {"--b\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\nabc"}));

    BOOST_TEST(value.at("f").as_object().contains("filename"));
    BOOST_TEST(!value.at("f").as_object().contains("sha256"));
}

BOOST_AUTO_TEST_CASE(values_are_kept_up_to_a_limit_and_files_not_at_all)
{
    std::string const field =
        "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n" + std::string(5000, 'x') + "\r\n--b--";
    multipart_digest digest("b", 100);
    for (std::size_t i = 0; i < field.size(); i += 64) digest.add(std::string_view(field).substr(i, 64));

    auto const value = boost::json::parse(digest.describe());
    BOOST_TEST(value.at("a").as_string().size() == 100U);
    BOOST_TEST(digest.is_truncated());
}

BOOST_AUTO_TEST_CASE(values_that_are_no_utf8_become_it)
{
    BOOST_TEST(describe("b", {"--b\r\nContent-Disposition: form-data; name=a\r\n\r\ncaf\xe9\r\n--b--"}) ==
               "{\"a\":\"caf\xc3\xa9\"}");
}

BOOST_AUTO_TEST_CASE(a_body_that_is_no_form_is_described_as_empty)
{
    for (std::string_view const given : {"", "nothing of the kind", "--b", "--b--", "--b\r\n", "--bb\r\n\r\n"})
        BOOST_TEST_CONTEXT(given) BOOST_TEST(boost::json::parse(describe("b", {given})).is_object());
}

BOOST_AUTO_TEST_CASE(endless_heads_and_parts_take_bounded_memory)
{
    multipart_digest head("b", 1000);
    head.add("--b\r\n");
    for (int i = 0; i < 1000; ++i) head.add(std::string(100, 'h'));
    BOOST_TEST(head.describe().size() < 1000U);

    multipart_digest line("b", 1000);
    line.add("--b");
    for (int i = 0; i < 1000; ++i) line.add(std::string(100, 'h'));
    BOOST_TEST(line.describe().size() < 1000U);

    multipart_digest parts("b", 1000);
    for (int i = 0; i < 5000; ++i)
        parts.add("--b\r\nContent-Disposition: form-data; name=n" + std::to_string(i) + "; filename=f\r\n\r\nx\r\n");
    BOOST_TEST(boost::json::parse(parts.describe()).as_object().size() <= 1000U);
    BOOST_TEST(parts.is_truncated());
}

BOOST_AUTO_TEST_CASE(no_bytes_whatever_break_it)
{
    std::mt19937 random(7);
    std::string_view const words[] = {"--b",   "\r\n", "--",       "Content-Disposition: form-data; name=",
                                      "\"",    ";",    "a",        "filename=",
                                      "\r",    "\n",   "\r\n\r\n", "\xff",
                                      "--b--", ":"};
    for (int round = 0; round < 3000; ++round) {
        multipart_digest digest("b", 50);
        for (int i = 0; i < 30; ++i) digest.add(words[random() % std::size(words)]);
        BOOST_REQUIRE(boost::json::parse(digest.describe()).is_object());
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::gateway
