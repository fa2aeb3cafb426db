import QtQuick
import "../theme"

// A verb that is held for `holdMs`, by finger or by key: a bar fills, then `activated` comes once.
// Let go before, and nothing was done.
Rectangle {
    id: button

    property string text
    property string iconName
    property int holdMs: 1000
    property real size: Theme.sizeLabel
    property real minimum: Theme.touchStaff
    property bool keyHeld: false
    readonly property bool held: button.enabled && (tap.pressed || button.keyHeld)

    signal activated

    Accessible.name: button.text
    Accessible.role: Accessible.Button
    activeFocusOnTab: true
    border.color: button.activeFocus ? Theme.ink : "transparent"
    border.width: button.activeFocus ? Theme.edge : Math.max(1, Math.round(Theme.edge / 2))
    color: Theme.brand
    implicitHeight: Math.max(button.minimum, content.implicitHeight + 2 * Theme.grid)
    implicitWidth: Math.max(button.minimum, content.implicitWidth + 4 * Theme.grid)
    opacity: button.enabled ? 1 : 0.5
    radius: Theme.radiusSmall + Theme.grid / 2

    Accessible.onPressAction: button.activated()
    Keys.onPressed: event => {
        if (event.key !== Qt.Key_Space && event.key !== Qt.Key_Return && event.key !== Qt.Key_Enter)
            return;
        event.accepted = true;
        if (!event.isAutoRepeat)
            button.keyHeld = true;
    }
    Keys.onReleased: event => {
        if (event.key !== Qt.Key_Space && event.key !== Qt.Key_Return && event.key !== Qt.Key_Enter)
            return;
        event.accepted = true;
        if (!event.isAutoRepeat)
            button.keyHeld = false;
    }
    onActiveFocusChanged: button.keyHeld = false
    onHeldChanged: {
        if (button.held) {
            progress.restart();
        } else {
            progress.stop();
            bar.done = 0;
        }
    }

    NumberAnimation {
        id: progress

        duration: button.holdMs
        from: 0
        property: "done"
        target: bar
        to: 1

        onFinished: button.activated()
    }
    // Fills from the side where reading begins.
    Rectangle {
        id: bar

        property real done: 0

        anchors.bottom: parent.bottom
        anchors.left: parent.left
        anchors.top: parent.top
        color: Theme.ink
        opacity: 0.35
        objectName: "holdBar"
        radius: button.radius
        visible: bar.done > 0
        width: Math.round(button.width * bar.done)
    }
    Row {
        id: content

        anchors.centerIn: parent
        spacing: Theme.grid

        Icon {
            anchors.verticalCenter: parent.verticalCenter
            color: Theme.inkOnBrand
            name: button.iconName
            size: Math.round(1.2 * button.size)
            visible: button.iconName !== ""
        }
        Label {
            anchors.verticalCenter: parent.verticalCenter
            color: Theme.inkOnBrand
            elide: Text.ElideRight
            font.pixelSize: button.size
            font.weight: Theme.semibold
            maximumLineCount: 2
            text: button.text
            width: Math.min(implicitWidth, button.width - 2 * Theme.grid - (button.iconName === "" ? 0 : 1.2 * button.size + Theme.grid))
            wrapMode: Text.Wrap
        }
    }
    // Above what is drawn, so that the border stays where the bar is.
    Rectangle {
        anchors.fill: parent
        border.color: button.border.color
        border.width: button.border.width
        color: "transparent"
        radius: button.radius
    }
    TapHandler {
        id: tap

        gesturePolicy: TapHandler.ReleaseWithinBounds
        longPressThreshold: button.holdMs / 1000 + 1
    }
}
