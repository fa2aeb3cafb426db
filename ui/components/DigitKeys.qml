pragma ComponentBehavior: Bound

import QtQuick
import "../theme"

// Ten digits, "erase" and "OK" as a telephone has them, for gloved fingers. What was typed is known
// to whoever holds these keys. Digits come from a keyboard without stepping through them:
// `takeKey` in the holder's `Keys.onPressed`.
Grid {
    id: keys

    property string prefix: "pin-"
    required property real cellHeight
    required property real cellWidth
    property real digitSize: Theme.sizeHeading
    property real wordSize: Theme.sizeLabel
    required property bool erasable
    required property bool ready
    required property string eraseWord
    required property string okWord

    signal typed(string digit)
    signal erased
    signal submitted

    function takeKey(event: var): void {
        if (event.key >= Qt.Key_0 && event.key <= Qt.Key_9)
            keys.typed(String.fromCharCode(event.key));
        else if (event.key === Qt.Key_Backspace)
            keys.erased();
        else if (event.key === Qt.Key_Return || event.key === Qt.Key_Enter)
            keys.submitted();
        else
            return;
        event.accepted = true;
    }

    columns: 3
    spacing: Theme.grid

    Repeater {
        model: ["1", "2", "3", "4", "5", "6", "7", "8", "9", "erase", "0", "ok"]

        TouchButton {
            id: key

            required property string modelData
            readonly property bool digit: key.modelData.length === 1

            activeFocusOnTab: !key.digit
            enabled: key.modelData === "ok" ? keys.ready : key.modelData === "erase" ? keys.erasable : true
            height: keys.cellHeight
            iconName: key.modelData === "erase" ? "backspace-outline" : ""
            kind: key.modelData === "ok" ? "primary" : key.digit ? "plain" : "quiet"
            minimum: Theme.touchStaff
            objectName: keys.prefix + key.modelData
            size: key.digit ? keys.digitSize : keys.wordSize
            text: key.digit ? key.modelData : key.modelData === "ok" ? keys.okWord : ""
            width: keys.cellWidth

            Accessible.name: key.modelData === "erase" ? keys.eraseWord : key.text

            onActivated: {
                if (key.digit)
                    keys.typed(key.modelData);
                else if (key.modelData === "erase")
                    keys.erased();
                else
                    keys.submitted();
            }
        }
    }
}
