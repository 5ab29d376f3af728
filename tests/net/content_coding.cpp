#include "net/content_coding.hpp"

#include "tests/support/encode.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

namespace weir::net
{
BOOST_AUTO_TEST_SUITE(content_codings)

namespace
{

using namespace test;

constexpr std::size_t no_limit = 1'000'000'000;

struct decoded {
    std::string text;
    bool good = true;
};

decoded decode(std::string_view coding, std::string_view bytes, std::size_t piece = 1'000'000'000,
               std::size_t limit = no_limit)
{
    decoded d;
    auto const decoder = content_decoder::make(coding);
    BOOST_REQUIRE(decoder != nullptr);
    for (std::size_t i = 0; i < bytes.size() && d.good; i += piece)
        d.good = decoder->decode(bytes.substr(i, piece), d.text, limit);
    return d;
}

std::string prose(std::size_t size)
{
    std::mt19937 random(3);
    std::string_view const words[] = {"data: ", "{\"a\":", "token ", "\xc3\xa9", "\n\n", "1234", "stream "};
    std::string out;
    while (out.size() < size) out += words[random() % std::size(words)];
    return out;
}

std::string coded(std::string_view coding, std::string_view text)
{
    if (coding == "br") return brotli(text);
    if (coding == "zstd") return zstd(text);
    return deflated(text, coding == "gzip" ? wrapping::gzip : wrapping::zlib);
}

} // namespace

BOOST_AUTO_TEST_CASE(each_coding_is_undone_whatever_the_pieces)
{
    for (std::string_view const coding : {"gzip", "deflate", "br", "zstd"}) {
        for (auto const& text :
             {std::string(), std::string("x"), prose(100), prose(200'000), std::string(3'000'000, 'a')}) {
            auto const bytes = coded(coding, text);
            for (std::size_t const piece : {std::size_t{1}, std::size_t{3}, std::size_t{4096}, no_limit}) {
                if (piece < 4096 && bytes.size() > 20'000) continue;
                BOOST_TEST_CONTEXT(coding << " of " << text.size() << " bytes in pieces of " << piece)
                {
                    auto const d = decode(coding, bytes, piece);
                    BOOST_TEST(d.good);
                    BOOST_TEST((d.text == text));
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(deflate_is_understood_bare_too)
{
    for (auto const& text : {prose(50'000), std::string(3'000'000, 'a'), std::string(16 * 1024 + 1, 'b')}) {
        auto const bytes = deflated(text, wrapping::none);
        for (std::size_t const piece : {std::size_t{1}, std::size_t{4096}, no_limit}) {
            auto const d = decode("deflate", bytes, piece);
            BOOST_TEST_CONTEXT(text.size() << " bytes in pieces of " << piece)
            {
                BOOST_TEST(d.good);
                BOOST_TEST((d.text == text));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(codings_are_named_in_any_case_and_alone_or_in_turn)
{
    std::string const text = "hello hello hello";
    BOOST_TEST(decode("GZIP", coded("gzip", text)).text == text);
    BOOST_TEST(decode("x-gzip", coded("gzip", text)).text == text);
    BOOST_TEST(decode("identity, gzip", coded("gzip", text)).text == text);
    BOOST_TEST(decode("gzip, br", coded("br", coded("gzip", text))).text == text);
    BOOST_TEST(decode("br,gzip", coded("gzip", coded("br", text)), 1).text == text);
}

BOOST_AUTO_TEST_CASE(unknown_codings_and_long_chains_are_not_tried)
{
    for (std::string_view const given : {"compress", "gzip, compress", "identity", "", "gzip,gzip,gzip,gzip", "gzip2"})
        BOOST_TEST_CONTEXT(given) BOOST_TEST(content_decoder::make(given) == nullptr);
}

BOOST_AUTO_TEST_CASE(a_bomb_ends_at_the_limit)
{
    for (std::string_view const coding : {"gzip", "deflate", "br", "zstd"}) {
        BOOST_TEST_CONTEXT(coding)
        {
            auto const d = decode(coding, coded(coding, std::string(50'000'000, '\0')), 4096, 100'000);
            BOOST_TEST(!d.good);
            BOOST_TEST(d.text.size() == 100'000U);
        }
    }
    auto const nested =
        decode("gzip, gzip", coded("gzip", coded("gzip", std::string(50'000'000, '\0'))), 4096, 100'000);
    BOOST_TEST(nested.text.size() <= 100'000U);
}

BOOST_AUTO_TEST_CASE(a_text_of_just_the_limit_is_no_bomb)
{
    for (std::string_view const coding : {"gzip", "br", "zstd"}) {
        auto const d = decode(coding, coded(coding, std::string(100'000, 'x')), 4096, 100'000);
        BOOST_TEST_CONTEXT(coding)
        {
            BOOST_TEST(d.good);
            BOOST_TEST(d.text.size() == 100'000U);
        }
    }
}

BOOST_AUTO_TEST_CASE(of_cut_bytes_what_came_is_decoded)
{
    auto const text = prose(600'000); // several blocks of zstd's, of which only whole ones can be read
    for (std::string_view const coding : {"gzip", "deflate", "br", "zstd"}) {
        auto const bytes = coded(coding, text);
        auto const d = decode(coding, std::string_view(bytes).substr(0, bytes.size() / 2), 1000, 1'000'000);
        BOOST_TEST_CONTEXT(coding)
        {
            BOOST_TEST(d.good);
            BOOST_TEST(!d.text.empty());
            BOOST_TEST(text.starts_with(d.text));
        }
    }
}

BOOST_AUTO_TEST_CASE(what_is_cut_or_has_something_behind_it_is_not_complete)
{
    for (std::string_view const coding : {"gzip", "deflate", "br", "zstd", "gzip, br"}) {
        auto const whole = coding == "gzip, br" ? coded("br", coded("gzip", "text")) : coded(coding, "text");
        struct row {
            std::string bytes;
            bool complete;
        };
        for (auto const& [bytes, complete] : {row{"", false}, row{whole, true},
                                              row{whole.substr(0, whole.size() - 1), false}, row{whole + "x", false}}) {
            std::string text;
            auto const decoder = content_decoder::make(coding);
            bool const good = decoder->decode(bytes, text, no_limit);
            BOOST_TEST((good && decoder->is_complete()) == complete, coding << " of " << bytes.size() << " bytes");
        }
    }
}

BOOST_AUTO_TEST_CASE(members_of_gzip_follow_each_other)
{
    std::string text;
    auto const decoder = content_decoder::make("gzip");

    BOOST_REQUIRE(decoder->decode(coded("gzip", "one ") + coded("gzip", "two"), text, no_limit));

    BOOST_TEST(text == "one two");
    BOOST_TEST(decoder->is_complete());
}

BOOST_AUTO_TEST_CASE(a_coded_stream_that_flushes_is_decoded_up_to_its_last_flush)
{
    std::string const event = "data: {\"x\":1}\n\n";
    auto const bytes = deflated_in_flushes({event, event, event}, wrapping::gzip);
    std::string seen;
    auto const decoder = content_decoder::make("gzip");
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        BOOST_REQUIRE(decoder->decode(bytes[i], seen, no_limit));
        std::size_t const expected = (i + 1) * event.size();
        BOOST_TEST(seen.size() >= std::min(expected, 3 * event.size())); // each flush shows at once
    }
    BOOST_TEST(seen == event + event + event);
}

BOOST_AUTO_TEST_CASE(bytes_of_another_kind_are_an_error_and_no_more)
{
    std::mt19937 random(5);
    for (std::string_view const coding : {"gzip", "deflate", "br", "zstd", "gzip, br"}) {
        BOOST_TEST_CONTEXT(coding)
        BOOST_TEST(decode(coding, "{\"plain\":\"json\"}" + std::string(100, ' ')).text.size() < 1000U);
        auto const good = coded(coding == "gzip, br" ? "br" : coding, prose(3000));
        for (int round = 0; round < 300; ++round) {
            auto bytes = good;
            bytes[random() % bytes.size()] = static_cast<char>(random());
            static_cast<void>(decode(coding, bytes, 1 + random() % 200, 1'000'000));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::net
