import QtQuick
import "../components"
import "../theme"

// One answer to touch, or to hold for a second where a touch could be a mistake.
Item {
    id: cell

    required property string key
    required property string name
    required property string detail
    property bool chosen: false
    property bool hold: false
    // By key: the first Enter arms, the second does it.
    property bool armed: false

    signal touched

    function pressKey() {
        if (!cell.hold || cell.armed)
            cell.touched();
        else
            cell.armed = true;
    }

    Accessible.name: cell.name
    Accessible.role: Accessible.Button
    objectName: "answer-" + cell.key

    Accessible.onPressAction: cell.pressKey()
    onChosenChanged: cell.armed = false

    Rectangle {
        id: face

        anchors.fill: parent
        anchors.margins: Theme.grid / 2
        border.color: cell.armed ? Theme.ink : cell.chosen ? Theme.brand : Theme.line
        border.width: cell.chosen || cell.armed ? Theme.edge : Theme.hairline
        color: !cell.hold && tap.pressed ? Theme.brandSoft : Theme.sunken
        radius: Theme.radius

        // How long it has been held.
        Rectangle {
            color: Theme.brandSoft
            height: parent.height
            objectName: "held"
            radius: Theme.radius
            visible: cell.hold && tap.pressed
            width: parent.width * Math.min(1, tap.timeHeld / tap.longPressThreshold)
        }
        Label {
            id: word

            anchors.left: parent.left
            anchors.leftMargin: 2 * Theme.grid
            anchors.right: parent.right
            anchors.rightMargin: Theme.grid
            elide: Text.ElideRight
            font.pixelSize: cell.detail === "" ? Theme.sizeBody : Theme.sizeTitle
            font.weight: Theme.bold
            maximumLineCount: cell.detail === "" ? 2 : 1
            text: cell.name
            wrapMode: cell.detail === "" ? Text.Wrap : Text.NoWrap
            y: (parent.height - height - (role.visible ? role.height : 0)) / 2
        }
        Label {
            id: role

            anchors.left: word.left
            anchors.right: word.right
            anchors.top: word.bottom
            color: Theme.muted
            elide: Text.ElideRight
            font.pixelSize: Theme.sizeSmall
            text: cell.detail
            visible: text !== ""
        }
    }
    TapHandler {
        id: tap

        gesturePolicy: TapHandler.ReleaseWithinBounds
        longPressThreshold: cell.hold ? 1 : 10

        onLongPressed: {
            if (cell.hold)
                cell.touched();
        }
        onTapped: {
            if (!cell.hold)
                cell.touched();
        }
    }
}
